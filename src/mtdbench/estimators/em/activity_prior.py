"""The prior of whole micrographs: a gas of copies that keep their distance."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtdbench.spaces.window import Window

HIGHEST_ACTIVITY = 100.0  # where copies leave no place free, every larger one suits them alike


@dataclass(frozen=True, slots=True)
class ActivityPrior:
    """Laws of the places of copies, as a family of priors, see
    `mtdbench.estimators.em.prior.PriorFamily`.

    A set of T places, any two of which keep the distance m, has the probability z^T / Z. Given all
    others, a copy begins at a place that they leave free with the odds z. So z is estimated as

        z = (copies) / (places that are free and where none begins),

    both in the mean of the posterior: what a law of gaps does with its hazard. rho is these two
    numbers per patch, the first of which is the density; u is (rho_1, rho_2, 1) over its sum.

    Attributes
    ----------
    window : Window
    least : tuple of d ints
        m.

    Source: Besag, J. R. Stat. Soc. B 36 (1974) (pseudo-likelihood); Georgii, Commun. Math. Phys. 48
    (1976), and Nguyen, Zessin, Math. Nachr. 88 (1979) (the identity behind it).
    """

    window: Window
    least: tuple[int, ...]

    pairs: ClassVar[bool] = False
    crowded: ClassVar[bool] = False

    @property
    def count(self) -> int:
        """2."""
        return 2

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """(rho_1, rho_2, 1), divided by its sum."""
        u = np.append(rho, 1.0)
        return np.asarray(u / u.sum())

    def rho(self, u: np.ndarray) -> np.ndarray:
        """The inverse of `shares`."""
        return np.asarray(u[:-1] / u[-1])

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The weights themselves, at an activity of at most `HIGHEST_ACTIVITY`."""
        copies, free = weights
        return np.array([copies, max(free, copies / HIGHEST_ACTIVITY)])

    def at(self, density: float) -> np.ndarray:
        """That of copies at random, of which places are free that have none nearby."""
        nearby = density * np.prod(2 * np.array(self.least) - 1) / self.window.size
        return np.array([density, self.window.size * np.exp(-nearby)])

    def density(self, rho: np.ndarray) -> float:
        """rho_1."""
        return float(rho[0])

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""
