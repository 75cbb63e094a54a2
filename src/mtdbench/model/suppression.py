"""Suppression of non-maxima: one place stands for all that are too near to it."""

import numpy as np
from scipy.spatial import KDTree


def suppress_non_maxima(
    places: np.ndarray,
    weights: np.ndarray,
    distance: tuple[int, ...],
    groups: np.ndarray | None = None,
    norm: float = np.inf,
) -> np.ndarray:
    """Which places are left when, the heaviest first, each takes away all that are nearer than
    `distance`: by default along every axis.

    A place that outweighs all of its undecided neighbours stays, whatever happens elsewhere; its
    neighbours go, and the rest are looked at again.

    Parameters
    ----------
    places : int array, shape (m, d)
    weights : array, shape (m,)
    distance : tuple of d ints
        D, see `mtdbench.model.separations.least_separation`.
    groups : int array, shape (m,), or None
        Places of different groups, such as micrographs, do not touch each other.
    norm : float
        p of the norm that distances, in units of D, are measured by; 2 is Euclid's.

    Returns
    -------
    bool array, shape (m,)
    """
    undecided, kept = np.ones(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
    if not len(places):
        return kept
    rank = np.empty(len(places), dtype=np.int64)
    rank[np.argsort(-weights, kind="stable")] = np.arange(len(places))
    first, second = _near(places, distance, groups, norm).T
    swap = rank[first] > rank[second]
    better, worse = np.where(swap, second, first), np.where(swap, first, second)
    while undecided.any():
        live = undecided[better] & undecided[worse]
        better, worse = better[live], worse[live]
        top = undecided.copy()
        top[worse] = False
        kept |= top
        undecided &= ~top
        undecided[worse[top[better]]] = False
    return kept


def _near(
    places: np.ndarray, distance: tuple[int, ...], groups: np.ndarray | None, norm: float
) -> np.ndarray:
    """The pairs of places of one group that are too near, shape (pairs, 2): with axes scaled so
    that all distances are one.
    """
    reach = int(np.lcm.reduce(distance))
    points = places * (reach // np.array(distance))
    if groups is not None:
        points = np.column_stack([groups * reach, points])
    tree = KDTree(points)
    return np.asarray(tree.query_pairs(reach - 0.5, p=norm, output_type="ndarray"))
