"""How well patches and copies are told apart, against the places that are known."""

import math

import numpy as np
from scipy.spatial import KDTree

from mtdbench.measurement import Placement
from mtdbench.picking import Particles, Picks


def picking_scores(picks: Picks, placement: Placement) -> dict[str, float]:
    """Scores of the patches, and of rules that look at no patch to compare them with.

    Returns
    -------
    dict
        `f1`: 2 TP / (2 TP + FP + FN) of the class "empty". A patch is empty that no copy reaches
        into, and is called so where the empty view is the most probable of all views. No rule
        reaches 1: many patches see no more than the margin of a copy, where there is no signal.
        `positions`: share of the patches that show a copy whose most probable shift is within one
        sample of the true one along every axis, called empty or not. Of several copies the one
        counts of which the patch shows most samples.
        `f1_trivial`: F1 of the rule that calls every patch empty, 2 e / (1 + e) with e the share of
        those that are.
        `positions_trivial`: `positions` of the rule that takes every patch for a whole copy, shift
        0; (3 / (2L - 1))^d on average where copies are well separated, as for every constant shift
        that shows at least 2 samples of the copy along every axis.
        NaN where there is nothing to take a share of.
    """
    truth, full = true_shifts(picks, placement)
    called, void = picks.called_empty, ~full
    near = np.all(np.abs(picks.shifts - truth) <= 1, axis=1)
    centred = np.all(np.abs(truth) <= 1, axis=1)
    wrong = np.sum(called != void)
    return {
        "f1": _share(2 * np.sum(called & void), 2 * np.sum(called & void) + wrong),
        "positions": _share(np.sum(near & full), full.sum()),
        "f1_trivial": _share(2 * void.sum(), void.sum() + len(void)),
        "positions_trivial": _share(np.sum(centred & full), full.sum()),
    }


def particle_scores(particles: Particles, placement: Placement) -> dict[str, float]:
    """Scores of the list of copies: `precision`, the share of them that lie within one sample of a
    true copy along every axis, and `recall`, the share of the true copies that have one there.
    """
    far = 4  # different micrographs
    found = np.column_stack([particles.micrographs * far, particles.corners])
    true = np.column_stack([placement.micrographs * far, placement.corners])
    if not (len(found) and len(true)):
        return {"precision": math.nan, "recall": 0.0 if len(true) else math.nan}
    return {
        "precision": float(np.mean(KDTree(true).query(found, p=np.inf)[0] <= 1)),
        "recall": float(np.mean(KDTree(found).query(true, p=np.inf)[0] <= 1)),
    }


def true_shifts(picks: Picks, placement: Placement) -> tuple[np.ndarray, np.ndarray]:
    """Of the copy of which each patch shows most samples the shift, shape (P, d), 0 where there is
    none, and whether there is one, shape (P,).
    """
    window, ndim = picks.window, picks.patches.shape[1]
    patches = np.column_stack([picks.micrographs * window, picks.patches])
    copies = np.column_stack([placement.micrographs * window, placement.corners])
    shifts, full = (
        np.zeros((len(patches), ndim), dtype=np.int64),
        np.zeros(len(patches), dtype=bool),
    )
    if not len(copies):
        return shifts, full
    pairs = KDTree(patches).sparse_distance_matrix(
        KDTree(copies), window - 0.5, p=np.inf, output_type="ndarray"
    )
    patch, copy = pairs["i"], pairs["j"]
    shift = placement.corners[copy] - picks.patches[patch]
    order = np.argsort(np.prod(window - np.abs(shift), axis=1), kind="stable")
    shifts[patch[order]] = shift[order]  # what is assigned last stays
    full[patch] = True
    return shifts, full


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
