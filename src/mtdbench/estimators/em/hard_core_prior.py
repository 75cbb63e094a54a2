"""The prior of overlaps where copies may lie at any distance in any pose: hard squares."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize, minimize_scalar

from mtdbench.backend import jax
from mtdbench.estimators.em.prior_density import density_of
from mtdbench.likelihood.hard_core import partition
from mtdbench.spaces import Window

LEAST_DENSITY, MOST_DENSITY = (
    1e-6,
    0.9,
)  # where squares pack more closely they leave nothing to chance
NODES = 31  # densities at which activities are found
SOLVER = {"maxcor": 20, "maxiter": 500, "gtol": 1e-9, "ftol": 1e-16}


@dataclass(frozen=True, slots=True)
class HardCorePrior:
    """Priors over all sets C of copies that a patch may show, as many as do not overlap,

        P(C) = rho_empty prod_{s in C} z_s,     1 / rho_empty = Z(z),

    of which rho holds those of one copy alone, rho_s = z_s rho_empty, and of none. The activities z
    are those for which copies begin everywhere equally often, as they do where patches lie at
    random: sum_{C with s} P(C) = lambda for every s. Of all laws of copies that do not overlap and
    are that dense P leaves most to chance. One number is free, the density gamma = lambda L^d, and
    as 0 is alone in any set rho_0 = lambda; u = (gamma, 1 - gamma).

    Attributes
    ----------
    window : Window
        Of as many axes as `mtdbench.likelihood.hard_core.LEADING` knows.

    Source: Jaynes, Phys. Rev. 106 (1957) (the law with most entropy).
    """

    window: Window

    pairs: ClassVar[bool] = False
    crowded: ClassVar[bool] = True

    @property
    def count(self) -> int:
        """S + 1."""
        return len(self.window.shifts) + 1

    @property
    def _centre(self) -> int:
        return len(self.window.shifts) // 2

    def shares(self, rho: np.ndarray) -> np.ndarray:
        """(gamma, 1 - gamma)."""
        gamma = rho[self._centre] * self.window.size
        return np.array([gamma, 1 - gamma])

    def rho(self, u: np.ndarray) -> np.ndarray:
        """The prior of the density u_0; between the nodes of the table log z is interpolated, and
        z_0 such that rho_0 = lambda.
        """
        gamma = float(np.clip(u[0], LEAST_DENSITY, MOST_DENSITY))
        rate = gamma / self.window.size
        others = _law(self.window)(gamma)[:-1] + np.log(rate)
        others[self._centre] = -np.inf
        log_sum = _log_sum(np.maximum(others, -1e6), self.window)  # of the sets without 0
        empty = (1 - rate) * np.exp(-log_sum)
        rho = np.append(np.exp(others) * empty, empty)
        rho[self._centre] = rate
        return rho

    def fitted(self, weights: np.ndarray) -> np.ndarray:
        """The prior with the density that maximises sum_s n_s log z_s - log Z, with n_s how many
        copies a patch has at s in the mean: the first entries of the weights.
        """
        n, law = weights[:-1], _law(self.window)

        def loss(log_gamma: float) -> float:
            values = law(np.exp(log_gamma))
            return float(values[-1] - n @ values[:-1] - n.sum() * log_gamma)

        bounds = np.log(LEAST_DENSITY), np.log(MOST_DENSITY)
        best = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12})
        gamma = float(np.exp(best.x))
        return self.rho(np.array([gamma, 1 - gamma]))

    def at(self, density: float) -> np.ndarray:
        """The prior of that density."""
        return self.rho(np.array([density, 1 - density]))

    def density(self, rho: np.ndarray) -> float:
        """By the copy in the middle of a patch."""
        return density_of(rho, self.window, crowded=True)

    def separations(self, rho: np.ndarray) -> None:
        """Nothing."""


def _log_sum(log_activity: np.ndarray, window: Window) -> float:
    return float(_partition(window)(log_activity[:, None])[0][0])


@lru_cache(maxsize=8)
def _partition(window: Window) -> Callable[[np.ndarray], tuple[Any, Any]]:
    return jax.jit(partial(partition, window=window))


@lru_cache(maxsize=8)
def _law(window: Window) -> CubicSpline:
    """(log z_s - log lambda of every s, log Z) as functions of gamma.

    With lambda given z is the minimum of the convex log Z - lambda sum_s log z_s.
    """
    solve, field = _partition(window), np.zeros(len(window.shifts))
    nodes, rows = np.linspace(0, MOST_DENSITY, NODES), [np.append(field, 0.0)]
    for rate in nodes[1:] / window.size:

        def loss(field: np.ndarray, rate: float = rate) -> tuple[float, np.ndarray]:
            log_sum, n = solve((field + np.log(rate))[:, None])
            return float(log_sum[0]) / rate - field.sum(), np.asarray(n[:, 0]) / rate - 1

        found = minimize(loss, field, jac=True, method="L-BFGS-B", options=SOLVER)
        field = found.x
        rows.append(np.append(field, (found.fun + field.sum()) * rate))
    return CubicSpline(nodes, np.array(rows))
