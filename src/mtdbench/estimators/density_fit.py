"""Least squares in an object, the density, and whatever else a model of a measurement leaves open.

All of it is one vector theta = (x, others, log gamma).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtdbench.numerics.least_squares import FINE_TOLERANCES, Residuals, bounded_least_squares

LOG_DENSITY_BOUNDS = np.log([1e-4, 1.0])  # from some starts a fit would run to gamma = 0


@dataclass(frozen=True, slots=True, eq=False)
class DensityFit:
    """A local minimum.

    Attributes
    ----------
    x : array, shape (n,)
        Coefficients of the object.
    others : array, shape (q,)
        The model's other parameters; none in most models.
    density : float
        gamma.
    cost : float
        Half the weighted sum of squares.
    converged : bool
        Whether the optimiser met its tolerance.
    """

    x: np.ndarray
    others: np.ndarray
    density: float
    cost: float
    converged: bool

    @property
    def theta(self) -> np.ndarray:
        """(x, others, log gamma), shape (n + q + 1,)."""
        return join_theta(self.x, self.others, self.density)


def join_theta(x: np.ndarray, others: np.ndarray, density: float) -> np.ndarray:
    """theta = (x, others, log gamma), shape (n + q + 1,)."""
    return np.concatenate([x, others, [np.log(density)]])


def split_theta(theta: np.ndarray, size: int, cost: float, converged: bool) -> DensityFit:
    """The fit at theta, with `size` coefficients of the object."""
    x, others = np.split(theta[:-1], [size])
    return DensityFit(x, others, float(np.exp(theta[-1])), cost, converged)


def fit_density(
    problem: Residuals,
    x: np.ndarray,
    others: np.ndarray,
    density: float,
    evaluations: int,
    tolerances: Mapping[str, float] = FINE_TOLERANCES,
    least: float = -np.inf,
) -> DensityFit:
    """The local minimum that bounded least squares finds from a start.

    Parameters
    ----------
    problem : Residuals
        As a function of theta = (x, others, log gamma).
    x, others, density : the start
    evaluations : int
        Residuals that are computed at most.
    tolerances : mapping
        See `mtdbench.numerics.least_squares.bounded_least_squares`.
    least : float
        None of the `others` falls below it.
    """
    start, size = join_theta(x, others, density), len(x)
    low, high = np.full(len(start), -np.inf), np.full(len(start), np.inf)
    low[size:-1] = least
    low[-1], high[-1] = LOG_DENSITY_BOUNDS
    found = bounded_least_squares(problem, start, (low, high), evaluations, tolerances)
    return split_theta(found.theta, size, found.cost, found.converged)
