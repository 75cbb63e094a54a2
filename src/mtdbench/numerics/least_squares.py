"""Least squares in the object and the density, and whatever else a model leaves open."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.optimize import least_squares

BOUNDS = np.log([1e-4, 1.0])  # of gamma: from some starts a fit would run to gamma = 0
TOLERANCES = {"ftol": 1e-10, "xtol": 1e-10, "gtol": 1e-10}


@dataclass(frozen=True, slots=True)
class LeastSquaresResult:
    """A local minimum: x (n,), density gamma, half the weighted sum of squares, and whether the
    optimiser met its tolerance; `others` are the model's other parameters.
    """

    x: np.ndarray
    density: float
    cost: float
    converged: bool
    others: np.ndarray = field(default_factory=lambda: np.zeros(0))


class Residuals(Protocol):
    """What is squared and summed, as a function of theta = (x, others, log gamma)."""

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """Shape (m,)."""

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Shape (m, len(theta))."""


def bounded_least_squares(
    problem: Residuals,
    x: np.ndarray,
    density: float,
    steps: int,
    others: np.ndarray | tuple[float, ...] = (),
    tolerances: dict[str, float] = TOLERANCES,
    least: float = -np.inf,
) -> LeastSquaresResult:
    """The local minimum that SciPy's trust-region least squares finds from this start, none of the
    `others` below `least`.
    """
    start = np.concatenate([x, others, [np.log(density)]])
    free = np.full(len(start) - 1, np.inf)
    floor = np.concatenate([np.full(len(x), -np.inf), np.full(len(others), least), BOUNDS[:1]])
    found = least_squares(
        problem.residual,
        start,
        problem.jacobian,
        bounds=(floor, np.append(free, BOUNDS[1])),
        x_scale="jac",
        max_nfev=steps,
        **tolerances,
    )
    x, rest = np.split(found.x[:-1], [len(x)])
    return LeastSquaresResult(
        x, float(np.exp(found.x[-1])), float(found.cost), found.status > 0, rest
    )
