"""Nonlinear least squares under bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from scipy.optimize import least_squares

FINE_TOLERANCES: Mapping[str, float] = MappingProxyType(
    {"ftol": 1e-10, "xtol": 1e-10, "gtol": 1e-10}
)


class Residuals(Protocol):
    """What is squared and summed, as a function of a vector theta."""

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """Shape (m,)."""

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Shape (m, len(theta))."""


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquaresResult:
    """A local minimum: theta, half the sum of squares there, and whether the optimiser met its
    tolerance.
    """

    theta: np.ndarray
    cost: float
    converged: bool


def bounded_least_squares(
    problem: Residuals,
    start: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    evaluations: int,
    tolerances: Mapping[str, float] = FINE_TOLERANCES,
) -> LeastSquaresResult:
    """The local minimum that SciPy's trust-region reflective method finds from a start.

    Parameters
    ----------
    problem : Residuals
    start : array, shape (n,)
    bounds : two arrays, shape (n,)
        The least and the largest value of each parameter; infinite where there is none.
    evaluations : int
        Residuals that are computed at most.
    tolerances : mapping
        `ftol`, `xtol` and `gtol` of `scipy.optimize.least_squares`.
    """
    found = least_squares(
        problem.residual,
        start,
        problem.jacobian,
        bounds=bounds,
        x_scale="jac",
        max_nfev=evaluations,
        **tolerances,
    )
    return LeastSquaresResult(found.x, float(found.cost), found.status > 0)
