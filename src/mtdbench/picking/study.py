"""Picking as a part of a study: with an estimate, and with the true object to compare it with."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.measurement import Measurement, Placement
from mtdbench.metrics.picking import picking_scores
from mtdbench.picking.picks import pick
from mtdbench.spaces import make_space
from mtdbench.study.plan import Cell


@dataclass(frozen=True, slots=True, eq=False)
class Picking:
    """One data set of a cell in which copies are picked.

    Attributes
    ----------
    measurement : Measurement
        With the true sigma.
    placement : Placement
    sigma_known : bool
        Whether estimators are told sigma; if not, picks with an estimate are made with its own.
    truth : dict
        The columns of `mtdbench.rows.PICKED` that do not depend on an estimate.
    """

    measurement: Measurement
    placement: Placement
    sigma_known: bool
    truth: dict[str, float]

    @classmethod
    def of(cls, cell: Cell, folder: Path, sigma: float) -> "Picking | None":
        """The data set in a folder, picked with its true object; None where it is not complete."""
        space = make_space(cell.space, cell.window, cell.basis)
        try:
            measurement = Measurement.load(folder / "measurement.npy", space, sigma, cell.spacing)
            placement = Placement.load(folder / "placement.npz")
            with np.load(folder / "truth.npz", allow_pickle=False) as content:
                x = np.asarray(content["x"], dtype=float)
        except (InputError, OSError, ValueError, KeyError):
            return None
        found = picking_scores(pick(measurement, x), placement)
        truth = {
            "pick_f1_truth": found["f1"],
            "pick_positions_truth": found["positions"],
            "pick_f1_trivial": found["f1_trivial"],
            "pick_positions_trivial": found["positions_trivial"],
        }
        return cls(measurement, placement, cell.sigma_known, truth)

    def scores(self, x: np.ndarray, sigma: float) -> dict[str, float]:
        """The columns of a run that ended with the estimate x, as it is, and noise level sigma."""
        if not (self.sigma_known or sigma > 0):
            return self.truth
        known = self.measurement if self.sigma_known else replace(self.measurement, sigma=sigma)
        found = picking_scores(pick(known, x), self.placement)
        return {"pick_f1": found["f1"], "pick_positions": found["positions"], **self.truth}
