"""From what each patch shows to a list of copies, in which each copy is once."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.measurement import Measurement
from mtdbench.model.separations import least_separation
from mtdbench.model.suppression import suppress_non_maxima
from mtdbench.picking.picks import Picks
from mtdbench.spaces import Window

NEAREST = 0.75
"""Distance of the middles of two particles, in diameters, at least: particles touch, and the places
that are found are off by a little.
"""


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
    return _each_once(picks, ~picks.called_empty, distance, np.inf)


def particles_of_diameter(picks: Picks, measurement: Measurement, diameter: float) -> Particles:
    """The same where particles of known diameter may touch: what is nearer than `NEAREST` diameters
    means the same particle, and one has its middle on a sample that was measured. Only patches
    count that see nearly all of a particle: what is seen of one at a corner may be anything.

    Parameters
    ----------
    picks : Picks
        Of patches on so many grids that some patch sees nearly all of each particle.
    measurement : Measurement
        That the picks are of.
    diameter : float
        Samples.

    Raises
    ------
    InputError
        If the diameter is not positive.
    """
    if not diameter > 0:
        raise InputError(f"diameter {diameter}: expected a positive number of samples")
    middles = picks.corners + np.array(picks.window.shape) // 2
    whole = np.all(np.abs(picks.shifts) <= picks.window.longest // 6 + 1, axis=1)
    inside = whole & np.all((middles >= 0) & (middles < measurement.stack.shape[1:]), axis=1)
    if measurement.forward.measured is not None:
        index = (picks.micrographs[inside], *middles[inside].T)
        inside[inside] = measurement.forward.measured[index]
    distance = (max(1, round(NEAREST * diameter)),) * picks.window.ndim
    return _each_once(picks, inside & ~picks.called_empty, distance, 2)


def _each_once(
    picks: Picks, which: np.ndarray, distance: tuple[int, ...], norm: float
) -> Particles:
    """The most probable of those picks that are too near to one another, of some."""
    shown = np.flatnonzero(which)
    weights, groups = picks.probabilities[shown], picks.micrographs[shown]
    chosen = shown[suppress_non_maxima(picks.corners[shown], weights, distance, groups, norm)]
    order = chosen[np.lexsort((-picks.probabilities[chosen], picks.micrographs[chosen]))]
    return Particles(
        picks.window, picks.micrographs[order], picks.corners[order], picks.probabilities[order]
    )
