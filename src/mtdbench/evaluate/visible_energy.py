"""How much of a copy each patch shows, from the places and poses that are known."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from mtdbench.model.placed_copies import Placement
from mtdbench.simulation.blocks import PROJECTED, Projection, copies_at_once

if TYPE_CHECKING:
    from mtdbench.picking import Picks


def visible_energy(
    picks: "Picks",
    placement: Placement,
    project: Projection | None = None,
    at_once: int = PROJECTED,
) -> tuple[np.ndarray, np.ndarray]:
    """The shift of the copy of which each patch shows the largest share, and that share.

    Under shift s a patch shows ||m_s P_g x||^2 / ||P_g x||^2 of a copy with pose g, where m_s keeps
    the samples r with 0 <= r_i + s_i < L_i along every axis.

    Parameters
    ----------
    project : function or None
        Poses to P_g x; None takes 1 for every sample, which needs no object.
    at_once : int
        How many samples of copies are projected together, a bound on the memory.

    Returns
    -------
    int array, shape (P, d), and array, shape (P,)
        Both 0 where no copy's window reaches into the patch.
    """
    window = picks.window
    apart = window.longest  # of micrographs, along an axis of their own
    shifts, shares = np.zeros(picks.patches.shape, dtype=np.int64), np.zeros(len(picks.patches))
    tree = KDTree(np.column_stack([picks.micrographs * apart, picks.patches]))
    chunk = copies_at_once(window, at_once)
    for start in range(0, len(placement.corners), chunk):
        part = slice(start, start + chunk)
        corners, poses = placement.corners[part], placement.poses[part]
        copies = KDTree(np.column_stack([placement.micrographs[part] * apart, corners]))
        pairs = tree.sparse_distance_matrix(copies, apart - 0.5, p=np.inf, output_type="ndarray")
        patch, copy = pairs["i"], pairs["j"]
        images = np.ones((len(poses), window.size)) if project is None else project(poses)
        shift = corners[copy] - picks.patches[patch]
        share = _shares(window.reshape(images), copy, shift)
        order = np.argsort(share, kind="stable")
        order = order[share[order] > shares[patch[order]]]
        shifts[patch[order]], shares[patch[order]] = shift[order], share[order]  # the last stays
    return shifts, shares


def _shares(images: np.ndarray, copy: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """The share of its energy that each copy shows under a shift, from sums over all boxes that
    start at sample 0; shape (m,).

    Parameters
    ----------
    images : array, shape (T, L_1, ..., L_d)
    copy : int array, shape (m,)
        Index of an image.
    shift : int array, shape (m, d)
    """
    sides = images.shape[1:]
    axes = range(1, len(sides) + 1)
    sums = np.pad(np.square(images), [(0, 0), *((1, 0) for _ in axes)])
    for axis in axes:
        sums = sums.cumsum(axis)
    ends = np.stack([-shift, sides - np.maximum(shift, 0)]).clip(0, sides)
    energy = np.zeros(len(copy))
    for corner in product((0, 1), repeat=len(sides)):
        sign = (-1) ** corner.count(0)
        energy += sign * sums[(copy, *(ends[end, :, axis] for axis, end in enumerate(corner)))]
    whole = sums[(copy, *sides)]
    return np.divide(energy, whole, out=np.zeros(len(copy)), where=whole > 0)
