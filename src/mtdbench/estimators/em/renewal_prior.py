"""The prior of the overlaps of a signal whose copies may lie at any distance: a renewal process."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.linalg import solve

from mtdbench.estimators.em.prior_density import density_of
from mtdbench.spaces import Window

LEAST_SHARE = 1e-16  # of a posterior share; below rounding, and log of it is finite
NEWTON_STEPS = 100  # steps at most
SETTLED_GAIN = (
    1e-16  # gain of the last one, in nats per patch; that of the next would be its square
)
UNSEEN_GAIN = 1e-13  # of f: smaller gains are not seen


@dataclass(frozen=True, slots=True)
class RenewalPrior:
    """Priors rho over the overlaps with one and with two copies, as stationary copies imply them.

    Let lambda be the rate of copies per sample and xi_j the probability that another one begins
    L + j samples after a copy, eta_j = lambda xi_j with j = 0 ... L - 2. A patch of L samples sees

        copies at s and s + L + j with probability eta_j,
        one copy at s alone with q_|s|, where q_k = lambda - sum_{j < k} eta_j,
        nothing with e = 1 - (2L - 1) lambda + sum_j (L - 1 - j) eta_j.

    With eta_{L-1} = lambda - sum_{j < L-1} eta_j, the rate of copies whose next one is farther than
    a patch can tell, q_k = sum_{j >= k} eta_j, and all that binds these numbers is

        e + sum_{j < L} (L + j) eta_j = 1,     e, eta_j >= 0.

    The terms are the shares u of samples that lie in gaps of each length, in the first 2L - 1
    samples of longer ones, and in the rest of those. eta_j = 0 for all j < L - 1 is the prior of
    well-separated copies, uniform over the shifts.

    Attributes
    ----------
    length : int
        L.

    Source: Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing
    distribution*; that the constraint leaves a simplex is ours.
    """

    length: int

    pairs: ClassVar[bool] = True
    crowded: ClassVar[bool] = False

    @property
    def count(self) -> int:
        """Length of rho: 2L - 1 shifts, L(L - 1)/2 pairs of them, and the empty overlap."""
        return 2 * self.length + self.length * (self.length - 1) // 2

    @property
    def _lengths(self) -> np.ndarray:
        """L + j."""
        return np.arange(self.length, 2 * self.length)

    @property
    def _copies(self) -> np.ndarray:
        """Overlaps with two copies and each eta_j, L - 1 - j, for j < L - 1."""
        return np.arange(self.length - 1, 0, -1)

    @property
    def _first(self) -> np.ndarray:
        """The first overlap with each eta_j; that of the last is the first shift, s = 1 - L."""
        first = 2 * self.length - 1 + np.cumsum(self._copies) - self._copies
        return np.append(first, 0)

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """u, shape (L + 1,), the empty overlap last, of a prior rho of this kind."""
        return np.append(self._lengths * rho[self._first], rho[-1])

    def rho(self, u: np.ndarray) -> np.ndarray:
        """The prior over the overlaps with these shares."""
        eta = u[:-1] / self._lengths
        q = np.cumsum(eta[::-1])[::-1]
        single = q[np.abs(np.arange(1 - self.length, self.length))]
        return np.concatenate([single, np.repeat(eta[:-1], self._copies), u[-1:]])

    def density(self, rho: np.ndarray) -> float:
        """By the number of copies that a patch sees in the mean."""
        return density_of(rho, Window((self.length,)))

    def separations(self, rho: np.ndarray) -> np.ndarray:
        """xi, shape (L - 1,), of a prior of this kind."""
        eta = rho[self._first]
        return np.asarray(eta[:-1] / max(eta.sum(), np.finfo(float).tiny))

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior that maximises sum_v w_v log rho_v, with w >= 0 of sum one.

        As rho is linear in (e, eta), the multiplier of the constraint is 1. Hence e = w_empty, and
        the rest is the maximum over eta > 0, without a constraint, of the concave

            f = sum_j a_j log eta_j + sum_k b_k log q_k - sum_j (L + j) eta_j,

        where a_j and b_k add up the weights of the overlaps with eta_j and with q_k.
        """
        single = weights[: 2 * self.length - 1]
        b = np.bincount(np.abs(np.arange(1 - self.length, self.length)), single)
        a = np.append(np.add.reduceat(weights[:-1], self._first[:-1]), b[-1])  # q_{L-1} = eta_{L-1}
        a, b[-1] = np.maximum(a, LEAST_SHARE), 0.0
        c = self._lengths.astype(float)
        eta = _newton(a, b, c, a / np.append(self._copies, 2))
        u = np.append(c * eta, max(weights[-1], LEAST_SHARE))
        return self.rho(u / u.sum())

    def at(self, density: float) -> np.ndarray:
        """The prior of copies at random at that density, cut to (0, 1), that only do not overlap:
        gaps of L + j samples have probability h (1 - h)^j, with mean L / gamma.
        """
        length, j = self.length, np.arange(self.length)
        density = float(np.clip(density, 0.02, 0.98))
        h = 1 / (1 + length / density - length)
        eta = density / length * (1 - h) ** j * np.where(j < length - 1, h, 1)
        u = self._lengths * eta
        return self.rho(np.append(u, 1 - u.sum()))


def _newton(a: np.ndarray, b: np.ndarray, c: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """The maximum over eta > 0 of f = a . log eta + b . log q - c . eta, q_k = sum_{j >= k} eta_j.

    Newton's steps in relative changes of eta, each halved until f rises: f never decreases.
    """
    sums = np.tri(len(a)).T  # q = sums @ eta

    def value(eta: np.ndarray) -> float:
        return float(a @ np.log(eta) + b @ np.log(sums @ eta) - c @ eta)

    for _ in range(NEWTON_STEPS):
        p = sums * eta / (sums @ eta)[:, None]
        slope, curvature = a + b @ p - c * eta, np.diag(a) + (p.T * b) @ p
        scale = 1 / np.sqrt(np.diag(curvature))
        way = scale * solve(curvature * np.outer(scale, scale), scale * slope, assume_a="pos")
        gain, here = float(slope @ way), value(eta)
        step = min(1.0, 0.9 / max(float(-way.min()), 1e-9))
        while gain > UNSEEN_GAIN and value(eta * (1 + step * way)) < here + 1e-4 * step * gain:
            step /= 2
        eta = eta * (1 + step * way)
        if gain < SETTLED_GAIN:
            break
    return eta
