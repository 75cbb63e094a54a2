"""What is known of a simulated data set, by which the runs on it are judged."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.evaluate.dataset_bounds import bounds
from mtdbench.evaluate.relative_error import errors
from mtdbench.evaluate.separation_deviation import true_separations
from mtdbench.files import read_facts
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.placed_copies import Placement
from mtdbench.run.job import Record, Snapshot
from mtdbench.spaces import Space, make_space
from mtdbench.study.cells import Cell, Run
from mtdbench.study.schema import Study

if TYPE_CHECKING:
    from mtdbench.evaluate.study_picking import Picking

NO_ERRORS = dict.fromkeys(("error", "error_coefficients", "fsc_resolution"), math.nan)


@dataclass(frozen=True, eq=False)
class KnownDataset:
    """One data set of a study, a `mtdbench.evaluate.judge.Judge`; each of its parts is read when
    it is first asked for.

    Attributes
    ----------
    study : Study
    cell : Cell
    trial : int
    folder : Path
        Of the data set: `data/<cell>/<trial>`.
    """

    study: Study
    cell: Cell
    trial: int
    folder: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The content of `dataset.json`; empty where there is none."""
        return read_facts(self.folder / "dataset.json")

    @cached_property
    def space(self) -> Space:
        """The space of the object."""
        return make_space(self.cell.space, self.cell.window, self.cell.basis)

    @cached_property
    def truth(self) -> np.ndarray | None:
        """The true coefficients, shape (n,); None where there are none."""
        try:
            return read_coefficients(self.folder / "truth.npz", self.space)
        except InputError:
            return None

    @cached_property
    def bounds(self) -> dict[str, float]:
        """The columns of `mtdbench.evaluate.dataset_bounds.bounds`."""
        return bounds(self.study, self.cell, self.trial, self.folder, self.facts)

    @cached_property
    def picking(self) -> "Picking | None":
        """The data set with its copies picked by the truth; None where the sweep does without."""
        if not self.cell.picking:
            return None
        from mtdbench.evaluate.study_picking import Picking  # loads what scores alone do without

        return Picking.of(self.cell, self.folder, self.facts.get("sigma", math.nan))

    @cached_property
    def separations(self) -> np.ndarray:
        """xi of the placement, shape (U,); empty where there is no placement."""
        try:
            placement = Placement.load(self.folder / "placement.npz")
            return true_separations(placement, self.space.window)
        except ValueError:  # there are no copies, or they lie nowhere
            return np.zeros(0)

    def errors(self, snapshot: Snapshot) -> dict[str, float]:
        """The columns of `mtdbench.evaluate.relative_error.errors`; NaN where there is no truth."""
        if self.truth is None:
            return NO_ERRORS
        return errors(self.space, snapshot.coefficients(), self.truth)

    def aligned(self, run: Run, x: np.ndarray) -> np.ndarray | None:
        """x as near to the truth as it goes; None where there is no truth."""
        return None if self.truth is None else self.space.align(x, self.truth)

    def columns(self, run: Run, record: Record) -> dict[str, Any]:
        """The columns of bounds and of picking."""
        return {**self.bounds, **self._picked(record)}

    def _picked(self, record: Record) -> dict[str, float]:
        """The columns about picking; without a usable estimate those of the truth alone."""
        if self.picking is None:
            return {}
        if record.answer is None:
            return self.picking.truth
        return self.picking.scores(record.answer.coefficients(), record.answer.sigma)
