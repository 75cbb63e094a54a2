"""The prior of whole signals: the law of the gaps between copies."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtdbench.model.gap_law import GapLaw


@dataclass(frozen=True, slots=True)
class GapPrior:
    """Laws of the gaps, as a family of priors, see `mtdbench.estimators.em.prior.PriorFamily`: rho
    is the vector u of `mtdbench.model.gap_law.GapLaw`.

    Attributes
    ----------
    law : GapLaw
    length : int
        L.
    """

    law: GapLaw
    length: int

    pairs: ClassVar[bool] = False
    crowded: ClassVar[bool] = False

    @property
    def count(self) -> int:
        """J + 2."""
        return self.law.count

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """rho itself."""
        return rho

    def rho(self, u: np.ndarray) -> np.ndarray:
        """u itself."""
        return u

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The likeliest law for the events and exposures of an exact E-step, (2 (J + 1),), up to a
        factor.
        """
        events, exposures = weights.reshape(2, -1)
        return self.law.fitted(events, exposures)

    def at(self, density: float) -> np.ndarray:
        """Geometric gaps at that density, or at most that at which 2 % are left of the room."""
        return self.law.geometric(self.length / max(density, 1e-6))

    def density(self, rho: np.ndarray) -> float:
        """L / mean gap."""
        return self.length / self.law.mean(rho)

    def separations(self, rho: np.ndarray) -> np.ndarray | None:
        """The probabilities of the gaps L, ..., 2L - 2; None where there are no such gaps."""
        seen = np.arange(self.length, 2 * self.length - 1)
        return self.law.probabilities(rho, seen) if self.law.least == self.length else None
