"""Separations of copies: where two can lie that one window sees, and how often they do.

Under arbitrary spacing copies do not overlap, so that two of them are at least L_i apart along some
axis; a window sees both only if they are less than 2 L_i - 1 apart along every axis.
"""

from functools import lru_cache

import numpy as np

from mtdbench.model.spacing import Spacing
from mtdbench.spaces.window import Window


@lru_cache(maxsize=8)
def displacements(window: Window) -> np.ndarray:
    """One of each pair u, -u of the displacements at which a window can see two copies.

    |u_i| <= 2 L_i - 2, and >= L_i along some axis, in C order; in 1-D these are L, ..., 2L - 2.

    Returns
    -------
    int array, shape (U, d)
    """
    sides = np.array(window.shape)
    reach = 2 * sides - 2
    cube = np.indices(tuple(2 * reach + 1)).reshape(window.ndim, -1).T - reach
    half = cube[len(cube) // 2 + 1 :]  # C order: the centre is 0, what follows is the half space
    return half[np.any(np.abs(half) >= sides, axis=1)]


@lru_cache(maxsize=8)
def separation_classes(window: Window, reach: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """Classes of displacements that a reversal of axes, or an exchange of axes along which the
    window is equally long, takes into each other.

    Returns
    -------
    label : int array, shape (U,)
        The class of each displacement; C for those that are longer than `reach`
        along some axis.
    count : int
        C.
    """
    sides = np.abs(displacements(window))
    near = np.all(sides <= reach, axis=1)
    for length in set(window.shape):
        alike = [axis for axis, side in enumerate(window.shape) if side == length]
        sides[:, alike] = np.sort(sides[:, alike], axis=1)
    found, label = np.unique(sides[near], axis=0, return_inverse=True)
    labels = np.full(len(sides), len(found))
    labels[near] = label.ravel()
    return labels, len(found)


def separations(corners: np.ndarray, window: Window) -> np.ndarray:
    """xi of copies at these corners: the share that has a copy at each displacement, shape (U,).

    Parameters
    ----------
    corners : int array, shape (T, d)
        Of one measurement.
    """
    steps, margin = displacements(window), 2 * np.array(window.shape)
    low, high = corners.min(axis=0), corners.max(axis=0)
    shape = tuple(high - low + 1 + 2 * margin)
    base = np.ravel_multi_index(tuple((corners - low + margin).T), shape)
    strides = np.cumprod((1, *shape[:0:-1]))[::-1]
    taken = np.sort(base)
    found = [np.isin(base + step @ strides, taken, assume_unique=True).mean() for step in steps]
    return np.asarray(found)


def least_separation(window: Window, spacing: str) -> tuple[int, ...]:
    """D: two corners must be at least D_i samples apart along at least one axis i.

    2 L_i - 1 for well-separated copies (no window touches two), L_i for arbitrary spacing (copies
    only must not overlap), see `mtdbench.model.spacing.Spacing`.
    """
    return window.spread if spacing == Spacing.WELL_SEPARATED else window.shape
