"""A data set of which nobody knows the truth, and what the runs on it are judged by."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.evaluate.fsc import resolution, shell_correlation
from mtdbench.evaluate.heldout import heldout_loglik
from mtdbench.evaluate.known_dataset import NO_ERRORS
from mtdbench.evaluate.mark_scores import AT_A_MARK, mark_scores
from mtdbench.evaluate.mean_agreement import correlation, mean_view, radial_correlation
from mtdbench.files import read_array, read_arrays, read_facts
from mtdbench.model.measurement import Measurement
from mtdbench.picking.particle_marks import Marks
from mtdbench.picking.pick_particles import pick_particles
from mtdbench.run.job import Record, Snapshot
from mtdbench.spaces import Space, make_space
from mtdbench.study.cells import Cell, Run
from mtdbench.study.file_measurement import FileMeasurement
from mtdbench.study.plan import half_label
from mtdbench.study.schema import Study

NO_SEPARATIONS = np.zeros(0)


@dataclass(frozen=True, eq=False)
class FileDataset:
    """One data set of a study that came from files; a `mtdbench.evaluate.judge.Judge`.

    Attributes
    ----------
    study : Study
    cell : Cell
    trial : int
    folder : Path
        Of the data set: `data/<cell>/<trial>`.
    answers : mapping
        The coefficients that runs on it ended with, by the labels of the runs, in their order.
    """

    study: Study
    cell: Cell
    trial: int
    folder: Path
    answers: Mapping[str, np.ndarray]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The content of `dataset.json`; empty where there is none."""
        return read_facts(self.folder / "dataset.json")

    @cached_property
    def space(self) -> Space:
        """The space of the object."""
        return make_space(self.cell.space, self.cell.window, self.cell.basis)

    @cached_property
    def measurement(self) -> Measurement | None:
        """The prepared micrographs; None where they are not there."""
        try:
            path = self.folder / "measurement.npy"
            return Measurement.load(path, self.space, spacing=self.cell.spacing)
        except InputError:
            return None

    @cached_property
    def marks(self) -> Marks | None:
        """The marks in them; None where there are none."""
        try:
            names = ("micrographs", "places", "marked")
            return Marks(**read_arrays(self.folder / "marks.npz", "marks", names))
        except InputError:
            return None

    @cached_property
    def reference(self) -> np.ndarray | None:
        """What the mean of the particles looks like; None where nobody said."""
        try:
            return np.asarray(read_array(self.folder / "reference.npy"), dtype=float)
        except InputError:
            return None

    @property
    def separations(self) -> np.ndarray:
        """Nobody knows them: shape (0,)."""
        return NO_SEPARATIONS

    def errors(self, snapshot: Snapshot) -> dict[str, float]:
        """All NaN, as there is no truth."""
        return NO_ERRORS

    def aligned(self, run: Run, x: np.ndarray) -> np.ndarray | None:
        """x as near as it goes to the first answer of the data set; of a run on the second half, to
        that of the first one.
        """
        first = next(iter(self.answers.values()), None)
        if first is None:
            return x
        one = self.answers.get(half_label(_whole_label(run), 1)) if run.half == 2 else None
        return self.space.align(x, first if one is None else self.space.align(one, first))

    def columns(self, run: Run, record: Record) -> dict[str, Any]:
        """The columns that need no truth, of one run."""
        size = self.facts.get("pixel_size")
        found = {"pixel_size": math.nan if size is None else float(size)}
        if record.answer is None:
            return found
        x, sigma = record.answer.coefficients(), record.answer.sigma
        if self.reference is not None:
            found["correlation"] = self._correlation(mean_view(self.space, x), self.reference)
        if run.half == 0:
            found["half_set_resolution"] = self._half_set_resolution(run)
        known = sigma if sigma > 0 else float(self.facts.get("sigma_prepared") or math.nan)
        if self.measurement is None or not known > 0:
            return found
        return found | self._unseen(run, x, known, self.measurement)

    @property
    def _across(self) -> float:
        """Diameter of a particle, samples."""
        return FileMeasurement.of(self.cell).across

    def _correlation(self, view: np.ndarray, reference: np.ndarray) -> float:
        if self.space.kind == "signal":
            return correlation(view, reference)
        return radial_correlation(view, reference, self._across / 2)

    def _unseen(
        self, run: Run, x: np.ndarray, sigma: float, whole: Measurement
    ) -> dict[str, float]:
        """Scores on the half that a run has not seen; of a run on all, picks in all."""
        found, marks = dict[str, float](), self.marks
        part = whole
        if run.half:
            seen, part = whole.half(run.half), whole.half(3 - run.half)
            found["heldout_loglik"] = heldout_loglik(seen, part, x, sigma)
            marks = None if marks is None else half_of_marks(marks, whole, 3 - run.half)
        if marks is not None:
            _, copies = pick_particles(replace(part, sigma=sigma), x, self._across)
            near = AT_A_MARK * self._across
            scores = mark_scores(copies.micrographs, copies.centres, marks, near)
            found |= {f"mark_{name}": value for name, value in scores.items()}
        return found

    def _half_set_resolution(self, run: Run) -> float:
        """Where the correlation of the estimates of the halves falls below 0.5, samples."""
        halves = [self.answers.get(half_label(run.label, half)) for half in (1, 2)]
        if halves[0] is None or halves[1] is None or self.space.kind == "signal":
            return math.nan
        a, b = (self.space.render(x) for x in (halves[0], self.space.align(halves[1], halves[0])))
        return resolution(shell_correlation(a, b)[1], len(a))


def half_of_marks(marks: Marks, whole: Measurement, number: int) -> Marks:
    """The marks in a half of a measurement, see `Measurement.half`, in its samples."""
    several = len(whole.stack) > 1
    count = len(whole.stack) if several else whole.stack.shape[1]
    first, last = (0, count // 2) if number == 1 else (count // 2, count)
    return marks.within(first, last) if several else marks.rows(first, last)


def _whole_label(run: Run) -> str:
    """The label of the run on all of the measurement that a run on a half belongs to."""
    return run.label.removesuffix(half_label("", run.half)) if run.half else run.label
