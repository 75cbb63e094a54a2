"""How well patches and copies are told apart, against the places that are known."""

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from mtdbench.evaluate.visible_energy import visible_energy
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation.blocks import Projection

if TYPE_CHECKING:
    from mtdbench.picking import Particles, Picks  # load what figures do without

LEAST_VISIBLE_SHARE = 0.01
"""A patch shows a copy if it holds at least this share of the copy's energy; with less it is empty.
More patches than that overlap with a copy's window, whose margins hold next to no signal: of the
Shepp-Logan volume, L = 11, a quarter of the overlaps hold less, 0.1 % of all energy together. The
share is the same at every SNR: where less can be seen, above SNR 10 there, to see it is an error.
"""


def picking_scores(
    picks: "Picks", placement: Placement, project: Projection | None = None
) -> dict[str, float]:
    """Scores of the patches, and of rules that look at no patch to compare them with.

    Parameters
    ----------
    project
        Poses to what the copies look like; None counts their samples instead of their energy.

    Returns
    -------
    dict
        `f1`: 2 TP / (2 TP + FP + FN) of the class "empty". A patch is empty that holds less than
        `LEAST_VISIBLE_SHARE` of the energy of every copy, see `visible_energy`, and is called so
        where the empty overlap is the most probable of all.
        `positions`: share of the patches that show a copy whose most probable shift is within one
        sample of the true one along every axis, called empty or not. Of several copies the one
        counts of which the patch shows the largest share.
        `f1_trivial`: F1 of the rule that calls every patch empty, 2 e / (1 + e) with e the share of
        those that are.
        `positions_trivial`: `positions` of the rule that takes every patch for a whole copy, shift
        0. Where copies are well separated and every overlap shows them it is (3 / (2L - 1))^d on
        average, as for every constant shift with at least 2 samples of the copy along every axis.
        NaN where there is nothing to take a share of.
    """
    truth, shares = visible_energy(picks, placement, project)
    full, called = shares >= LEAST_VISIBLE_SHARE, picks.called_empty
    void = ~full
    near = np.all(np.abs(picks.shifts - truth) <= 1, axis=1)
    centred = np.all(np.abs(truth) <= 1, axis=1)
    hits, wrong = 2 * np.sum(called & void), np.sum(called != void)
    return {
        "f1": _share(hits, hits + wrong),
        "positions": _share(np.sum(near & full), full.sum()),
        "f1_trivial": _share(2 * void.sum(), void.sum() + len(void)),
        "positions_trivial": _share(np.sum(centred & full), full.sum()),
    }


def particle_scores(particles: "Particles", placement: Placement) -> dict[str, float]:
    """Scores of the list of copies: `recall`, the share of the true copies that have one of the
    list within one sample along every axis, and `precision`, the share of the list that lies as
    near to a true copy; NaN where there is nothing to take a share of. Of noise alone, all that is
    listed is wrong.
    """
    far = 4  # different micrographs
    found = np.column_stack([particles.micrographs * far, particles.corners])
    true = np.column_stack([placement.micrographs * far, placement.corners])
    if not (len(found) and len(true)):
        recall, precision = (0.0 if len(part) else math.nan for part in (true, found))
        return {"recall": recall, "precision": precision}
    return {
        "recall": float(np.mean(KDTree(found).query(true, p=np.inf)[0] <= 1)),
        "precision": float(np.mean(KDTree(true).query(found, p=np.inf)[0] <= 1)),
    }


def _share(part: np.integer, whole: np.integer) -> float:
    return float(part / whole) if whole else math.nan
