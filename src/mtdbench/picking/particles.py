"""From what each patch shows to a list of copies, in which each copy is once."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from mtdbench.picking.picks import Picks


@dataclass(frozen=True, slots=True, eq=False)
class Particles:
    """Copies, by micrograph and then the most probable first.

    Attributes
    ----------
    window : int
        L.
    micrographs : int array, shape (T,)
        The micrograph that each copy lies in.
    corners : int array, shape (T, d)
        First sample of each copy; it may lie outside where a copy is seen over the edge.
    probabilities : array, shape (T,)
        Probability of that place, from the patch that is surest of it.
    """

    window: int
    micrographs: np.ndarray
    corners: np.ndarray
    probabilities: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """The sample L // 2 of each copy along every axis, shape (T, d)."""
        return np.asarray(self.corners + self.window // 2)


def particles(picks: Picks, distance: int) -> Particles:
    """The copies that the patches show that are not called empty, each once.

    Several patches see parts of one copy. Copies are at least D = `distance` samples apart along
    some axis (2L - 1 where well separated, else L), so picks that are nearer mean the same copy:
    the most probable one stands for all of them.
    """
    shown = np.flatnonzero(~picks.called_empty)
    chosen = shown[foremost(points(picks, distance)[shown], picks.probabilities[shown], distance)]
    order = chosen[np.lexsort((-picks.probabilities[chosen], picks.micrographs[chosen]))]
    return Particles(
        picks.window, picks.micrographs[order], picks.corners[order], picks.probabilities[order]
    )


def points(found: Picks | Particles, distance: int) -> np.ndarray:
    """Corners with the micrograph as one axis more, shape (m, d + 1), so that different micrographs
    are at least `distance` apart.
    """
    return np.column_stack([found.micrographs * distance, found.corners])


def foremost(places: np.ndarray, weights: np.ndarray, distance: int) -> np.ndarray:
    """Which places are left when, the heaviest first, each takes away all that are nearer than
    `distance` along every axis; bool, shape (m,).

    A place that outweighs all of its undecided neighbours stays, whatever happens elsewhere; its
    neighbours go, and the rest are looked at again.
    """
    undecided, kept = np.ones(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
    if not len(places):
        return kept
    rank = np.empty(len(places), dtype=np.int64)
    rank[np.argsort(-weights, kind="stable")] = np.arange(len(places))
    pairs = KDTree(places).query_pairs(distance - 0.5, p=np.inf, output_type="ndarray")
    first, second = pairs.T
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
