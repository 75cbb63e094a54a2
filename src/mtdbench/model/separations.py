"""Pairs of copies that one window sees: where they can lie, and how often they do.

Under arbitrary spacing copies do not overlap, so that two of them are at least L apart along some
axis; a window of L^d sees both only if they are less than 2L - 1 apart along every axis.
"""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=8)
def displacements(window: int, ndim: int) -> np.ndarray:
    """One of each pair u, -u of the displacements at which a window can see two copies.

    L <= max |u_i| <= 2L - 2, in C order; in 1-D these are L, ..., 2L - 2.

    Returns
    -------
    int array, shape (U, d)
    """
    reach = 2 * window - 2
    cube = np.indices((2 * reach + 1,) * ndim).reshape(ndim, -1).T - reach
    half = cube[len(cube) // 2 + 1 :]  # C order: the centre is 0, what follows is the half space
    return half[np.abs(half).max(axis=1) >= window]


@lru_cache(maxsize=8)
def alike(window: int, ndim: int, reach: int) -> tuple[np.ndarray, int]:
    """Classes of displacements that an exchange or reversal of axes takes into each other.

    Returns
    -------
    label : int array, shape (U,)
        The class of each displacement; C for those that are longer than `reach` along some axis.
    count : int
        C.
    """
    sides = np.sort(np.abs(displacements(window, ndim)), axis=1)
    near = sides.max(axis=1) <= reach
    found, label = np.unique(sides[near], axis=0, return_inverse=True)
    labels = np.full(len(sides), len(found))
    labels[near] = label.ravel()
    return labels, len(found)


def separations(corners: np.ndarray, window: int) -> np.ndarray:
    """xi of copies at these corners: the share that has a copy at each displacement, shape (U,).

    Parameters
    ----------
    corners : int array, shape (T, d)
        Of one measurement.
    """
    steps = displacements(window, corners.shape[1])
    low, high = corners.min(axis=0), corners.max(axis=0)
    shape = tuple(high - low + 1 + 2 * (2 * window))
    base = np.ravel_multi_index(tuple((corners - low + 2 * window).T), shape)
    strides = np.cumprod((1, *shape[:0:-1]))[::-1]
    taken = np.sort(base)
    found = [np.isin(base + step @ strides, taken, assume_unique=True).mean() for step in steps]
    return np.asarray(found)
