"""Priors over the overlaps: what of them is free, and what an M-step makes of it."""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import numpy as np

from mtdbench.estimators.em.hard_core_prior import HardCorePrior
from mtdbench.estimators.em.prior_density import density_of
from mtdbench.estimators.em.renewal_prior import RenewalPrior
from mtdbench.model.shifts import empty_share
from mtdbench.model.spacing import Spacing
from mtdbench.spaces import Space, Window

Prior = Literal["uniform", "free", "pairs", "crowded"]
WIDEST_PAIRS = 256  # window whose L^3/2 pairs of samples are kept


class PriorFamily(Protocol):
    """Priors rho over the overlaps, the empty one last, that a vector u >= 0 of sum one gives:
    every such u is valid. All but those of crowds are linear in u.
    """

    @property
    def pairs(self) -> bool:
        """Whether overlaps with two copies are among them."""

    @property
    def crowded(self) -> bool:
        """Whether a patch may see as many copies as do not overlap; rho is then that of one copy
        alone, and of none.
        """

    @property
    def count(self) -> int:
        """Length of rho."""

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """u of a prior of the family."""

    def rho(self, u: np.ndarray) -> np.ndarray:
        """The prior of u."""

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior that maximises sum_v w_v log rho_v, with the posterior shares w of sum one, or
        how often each shift is seen in the mean.
        """

    def at(self, density: float) -> np.ndarray:
        """A prior to start from, at that density, that knows nothing else."""

    def density(self, rho: np.ndarray) -> float:
        """gamma of a prior, copies x samples of a window / samples."""

    def separations(self, rho: np.ndarray) -> np.ndarray | None:
        """xi of a prior, see `mtdbench.model.separations`; None where a family has none."""


@dataclass(frozen=True, slots=True)
class FreePrior:
    """One copy at most, every overlap for itself; u is rho."""

    window: Window

    pairs: ClassVar[bool] = False
    crowded: ClassVar[bool] = False

    @property
    def count(self) -> int:
        """S + 1."""
        return len(self.window.shifts) + 1

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
        return uniform_prior(empty_share(density, self.window), self.count)

    def density(self, rho: np.ndarray) -> float:
        """By the number of copies that a patch sees in the mean."""
        return density_of(rho, self.window)

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class UniformPrior:
    """One copy at most, all shifts alike; u is the shares of patches that see it, and of empty
    ones.
    """

    window: Window

    pairs: ClassVar[bool] = False
    crowded: ClassVar[bool] = False

    @property
    def count(self) -> int:
        """S + 1."""
        return FreePrior(self.window).count

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """(1 - rho_empty, rho_empty)."""
        return np.array([1 - rho[-1], rho[-1]])

    def rho(self, u: np.ndarray) -> np.ndarray:
        """All shifts alike, the empty overlap with the last entry of u."""
        return uniform_prior(float(u[-1]), self.count)

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior with the same share of empty patches."""
        return self.rho(weights)

    def at(self, density: float) -> np.ndarray:
        """The prior with the share of empty patches at that density."""
        return FreePrior(self.window).at(density)

    def density(self, rho: np.ndarray) -> float:
        """By the number of copies that a patch sees in the mean."""
        return density_of(rho, self.window)

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""


def suggested_prior(space: Space, spacing: str, subsamples: int = 1) -> Prior:
    """The prior that the spacing of the copies suggests. A pair of copies is in one pose, so that
    there are none where each has a fraction of a sample of its own.
    """
    ordered = space.has_ordered_copies and spacing == Spacing.ARBITRARY
    return "pairs" if ordered and subsamples == 1 else "uniform"


def prior_family(prior: Prior, window: Window) -> PriorFamily:
    """The priors of that name over the overlaps of a window; "pairs" are those of signals alone,
    "crowded" those of two axes.
    """
    if prior == "crowded":
        return HardCorePrior(window)
    if prior == "pairs":
        return RenewalPrior(*window.shape)
    return UniformPrior(window) if prior == "uniform" else FreePrior(window)


def uniform_prior(empty: float, count: int) -> np.ndarray:
    """rho with the given share of empty patches and all shifts alike, shape (count,)."""
    prior = np.full(count, (1 - empty) / (count - 1))
    prior[-1] = empty
    return prior


def mean_prior(several: list[np.ndarray], family: PriorFamily) -> np.ndarray:
    """The prior in the middle of several of a family."""
    if family.crowded:
        return family.rho(np.mean([family.shares(prior) for prior in several], axis=0))
    return np.asarray(np.mean(several, axis=0))
