"""From what each patch shows to a list of copies, in which each copy is once."""

from dataclasses import dataclass

import numpy as np

from mtdbench.model.separations import least_separation
from mtdbench.model.suppression import suppress_non_maxima
from mtdbench.picking.picks import Picks
from mtdbench.spaces import Window


@dataclass(frozen=True, slots=True, eq=False)
class Particles:
    """Copies, by micrograph and then the most probable first.

    Attributes
    ----------
    window : Window
    micrographs : int array, shape (T,)
        The micrograph that each copy lies in.
    corners : int array, shape (T, d)
        First sample of each copy; it may lie outside where a copy is seen over the edge.
    probabilities : array, shape (T,)
        Probability of that place, from the patch that is surest of it.
    """

    window: Window
    micrographs: np.ndarray
    corners: np.ndarray
    probabilities: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """The sample L_i // 2 of each copy along every axis, shape (T, d)."""
        return np.asarray(self.corners + np.array(self.window.shape) // 2)


def particles(picks: Picks, distance: tuple[int, ...] | None = None) -> Particles:
    """The copies that the patches show that are not called empty, each once.

    Several patches see parts of one copy. Copies are at least D samples apart along some axis, so
    picks that are nearer mean the same copy: the most probable one stands for all of them.

    Parameters
    ----------
    picks : Picks
    distance : tuple of d ints, or None
        D along each axis; None for that of the measurement's spacing, 2L - 1 where copies are well
        separated, else L.
    """
    if distance is None:
        distance = least_separation(picks.window, picks.spacing)
    shown = np.flatnonzero(~picks.called_empty)
    weights, groups = picks.probabilities[shown], picks.micrographs[shown]
    chosen = shown[suppress_non_maxima(picks.corners[shown], weights, distance, groups)]
    order = chosen[np.lexsort((-picks.probabilities[chosen], picks.micrographs[chosen]))]
    return Particles(
        picks.window, picks.micrographs[order], picks.corners[order], picks.probabilities[order]
    )
