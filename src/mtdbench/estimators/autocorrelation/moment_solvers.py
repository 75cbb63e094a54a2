"""Local minima of a moment problem, from a start, by one of several optimisers."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from mtdbench.estimators.autocorrelation.manifold_solver import fit_on_manifold
from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.density_fit import (
    LOG_DENSITY_BOUNDS,
    DensityFit,
    fit_density,
    join_theta,
    split_theta,
)

MomentSolver = Literal["auto", "scipy", "lbfgs", "bfgs", "pymanopt"]
MomentFitter = Callable[[MomentProblem, np.ndarray, float], DensityFit]
"""(problem, x, density) to the local minimum that is found from this start."""

LARGEST_JACOBIAN = 2 * 10**4  # entries; beyond, L-BFGS comes near more quickly
MOMENT_STEPS = 300
INVARIANT_STEPS = 2000  # where steps are short: with the invariants, some valleys are long
MOST_QUASI_NEWTON_STEPS = 500


def fit_quickest(
    problem: MomentProblem,
    x: np.ndarray,
    density: float,
    largest: int = LARGEST_JACOBIAN,
    steps: int = MOST_QUASI_NEWTON_STEPS,
) -> DensityFit:
    """The local minimum by least squares; where the Jacobian has more than `largest` entries, from
    what L-BFGS found in so many steps: valleys are long, and it stops short in them.
    """
    entries = len(problem.weights) * (problem.space.size + problem.others)
    if entries <= largest or problem.box is None:
        return fit_by_least_squares(problem, x, density)
    near = fit_by_quasi_newton(problem, x, density, steps)
    return fit_density(problem, near.x, near.others, near.density, MOMENT_STEPS, least=0.0)


def fit_by_least_squares(problem: MomentProblem, x: np.ndarray, density: float) -> DensityFit:
    """The local minimum that SciPy's trust-region least squares finds from this start."""
    steps = INVARIANT_STEPS if problem.box is None else MOMENT_STEPS
    return fit_density(problem, x, np.ones(problem.others), density, steps, least=0.0)


def fit_by_quasi_newton(
    problem: MomentProblem, x: np.ndarray, density: float, steps: int = MOST_QUASI_NEWTON_STEPS
) -> DensityFit:
    """The local minimum that L-BFGS finds from this start in so many steps."""
    n, others = len(x), np.ones(problem.others)
    scale = np.append(np.full(n, np.linalg.norm(x) / np.sqrt(n) or 1.0), np.append(others, 1.0))
    start = join_theta(x, others, density) / scale
    unit = problem.cost(start * scale)[0] or 1.0  # SciPy's ftol is absolute for costs below 1

    def scaled(theta: np.ndarray) -> tuple[float, np.ndarray]:
        cost, gradient = problem.cost(theta * scale)
        return cost / unit, gradient * scale / unit

    options = {"maxiter": steps, "maxcor": 30, "ftol": 1e-10, "gtol": 1e-8}
    bounds = [(None, None)] * n + [(0.0, None)] * len(others) + [tuple(LOG_DENSITY_BOUNDS)]
    found = minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return split_theta(found.x * scale, n, float(found.fun * unit), bool(found.success))


def fit_by_dense_bfgs(problem: MomentProblem, x: np.ndarray, density: float) -> DensityFit:
    """The point at which SciPy's BFGS stops from this start. With SciPy's default tolerance, a
    gradient below 1e-5, that is long before the minimum, because moments and so the cost are small
    in the paper's units; the published code asks for 1e-15.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, its autocorrelation analysis.
    """
    start = join_theta(x, np.ones(problem.others), density)
    options = {"gtol": problem.tolerance, "maxiter": 1000}
    found = minimize(problem.cost, start, jac=True, method="BFGS", options=options)
    return split_theta(found.x, len(x), float(found.fun), bool(found.success))


MOMENT_SOLVERS: dict[MomentSolver, MomentFitter] = {
    "auto": fit_quickest,
    "scipy": fit_by_least_squares,
    "lbfgs": fit_by_quasi_newton,
    "bfgs": fit_by_dense_bfgs,
    "pymanopt": fit_on_manifold,
}
"""The solvers by name."""
