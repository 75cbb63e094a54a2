"""Picking as a part of a study: with an estimate, and with the true object to compare it with."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.model.separations import least_separation
from mtdbench.picking.particles import particles
from mtdbench.picking.picks import pick
from mtdbench.simulation.blocks import Projection
from mtdbench.spaces import make_space
from mtdbench.study.cells import Cell


@dataclass(frozen=True, slots=True, eq=False)
class Picking:
    """One data set of a cell in which copies are picked.

    Attributes
    ----------
    measurement : Measurement
        With the true sigma.
    placement : Placement
    project : function
        Poses to what the true object looks like.
    sigma_known : bool
        Whether estimators are told sigma; if not, picks with an estimate are made with its own.
    truth : dict
        The columns `pick_...` that do not depend on an estimate.
    """

    measurement: Measurement
    placement: Placement
    project: Projection
    sigma_known: bool
    truth: dict[str, float]

    @classmethod
    def of(cls, cell: Cell, folder: Path, sigma: float) -> "Picking | None":
        """The data set in a folder, picked with its true object; None where it is not complete."""
        space = make_space(cell.space, cell.window, cell.basis)
        try:
            measurement = Measurement.load(folder / "measurement.npy", space, sigma, cell.spacing)
            placement = Placement.load(folder / "placement.npz")
            x = read_coefficients(folder / "truth.npz", space)
        except InputError:
            return None
        unscored = cls(measurement, placement, partial(space.project, x), cell.sigma_known, {})
        scores = unscored._scores(measurement, x)
        kinds = {name: "" if name.endswith("_trivial") else "_truth" for name in scores}
        return replace(
            unscored, truth={f"pick_{n}{kinds[n]}": value for n, value in scores.items()}
        )

    def scores(self, x: np.ndarray, sigma: float) -> dict[str, float]:
        """The columns of a run that ended with the estimate x, as it is, and noise level sigma."""
        if not (self.sigma_known or sigma > 0):
            return self.truth
        measurement = self.measurement
        if not self.sigma_known:
            measurement = replace(measurement, sigma=sigma)
        scores = {f"pick_{name}": value for name, value in self._scores(measurement, x).items()}
        return {**scores, **self.truth}

    def _scores(self, measurement: Measurement, x: np.ndarray) -> dict[str, float]:
        """Scores of the patches and of the list of copies with an object x."""
        picks = pick(measurement, x)
        copies = particles(picks, least_separation(picks.window, measurement.spacing))
        return {
            **picking_scores(picks, self.placement, self.project),
            **particle_scores(copies, self.placement),
        }
