"""Priors over the views: what of them is free, and what an M-step makes of it."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np

from mtdbench.estimators.em.renewal_prior import Gaps
from mtdbench.model.shifts import views, visible_share
from mtdbench.spaces import Space

Prior = Literal["uniform", "free", "pairs"]


class Family(Protocol):
    """Priors rho over the views, the empty one last, linear in a vector u >= 0 of sum one: every
    such u is valid, and so is a mean of priors.
    """

    @property
    def pairs(self) -> bool:
        """Whether views of two copies are among the views."""

    @property
    def views(self) -> int:
        """Length of rho."""

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """u of a prior of the family."""

    def rho(self, u: np.ndarray) -> np.ndarray:
        """The prior of u."""

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior that maximises sum_v w_v log rho_v, with the posterior shares w of sum one."""

    def at(self, density: float) -> np.ndarray:
        """A prior to start from, at that density, that knows nothing else."""

    def separations(self, rho: np.ndarray) -> np.ndarray | None:
        """xi of a prior, see `mtdbench.model.separations`; None where the family does not have it."""


@dataclass(frozen=True, slots=True)
class Free:
    """One copy at most, every view for itself; u is rho."""

    space: Space

    pairs: ClassVar[bool] = False

    @property
    def views(self) -> int:
        """S + 1."""
        return views(self.space.window, self.space.ndim_measurement).count

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """rho itself."""
        return rho

    def rho(self, u: np.ndarray) -> np.ndarray:
        """u itself."""
        return u

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The weights themselves."""
        return weights

    def at(self, density: float) -> np.ndarray:
        """All shifts alike."""
        return uniform_prior(empty_share(density, self.space), self.views)

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """One copy at most, all shifts alike; u is the shares of patches that see it, and of empty
    ones.
    """

    space: Space

    pairs: ClassVar[bool] = False

    @property
    def views(self) -> int:
        """S + 1."""
        return Free(self.space).views

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """(1 - rho_empty, rho_empty)."""
        return np.array([1 - rho[-1], rho[-1]])

    def rho(self, u: np.ndarray) -> np.ndarray:
        """All shifts alike, the empty view with the last entry of u."""
        return uniform_prior(float(u[-1]), self.views)

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior with the same share of empty patches."""
        return self.rho(weights)

    def at(self, density: float) -> np.ndarray:
        """The prior with the share of empty patches at that density."""
        return Free(self.space).at(density)

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""


def family(prior: Prior, space: Space) -> Family:
    """The priors of that name over the views in a window of the space."""
    if prior == "pairs":
        return Gaps(space.window)
    return Uniform(space) if prior == "uniform" else Free(space)


def uniform_prior(empty: float, views: int) -> np.ndarray:
    """rho with the given share of empty patches and all shifts alike, shape (views,)."""
    prior = np.full(views, (1 - empty) / (views - 1))
    prior[-1] = empty
    return prior


def empty_share(density: float, space: Space) -> float:
    """Share of patches that see nothing of any copy, at that density, well separated."""
    seen = density * visible_share(space.window, space.ndim_measurement)
    return float(np.clip(1 - seen, 0.02, 0.98))


def density_of(prior: np.ndarray, space: Space) -> float:
    """gamma = copies L^d / N^d by the number of copies that a patch sees in the mean. Views of two
    copies, if there are any, stand between the shifts and the empty view.
    """
    ndim = space.ndim_measurement
    two = prior[(2 * space.window - 1) ** ndim : -1].sum()
    return float((1 - prior[-1] + two) / visible_share(space.window, ndim))
