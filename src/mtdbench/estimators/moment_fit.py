"""Weighted least squares between the model's moments and measured ones."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import minimize

from mtdbench import clock
from mtdbench.backend import jax
from mtdbench.estimators.least_squares import BOUNDS, Fit, levenberg_marquardt
from mtdbench.kernels.moments import lags, model
from mtdbench.spaces import Space

jnp = jax.numpy

Kind = Literal["residual", "jacobian", "gradient"]
Solver = Literal["auto", "scipy", "lbfgs", "pymanopt"]
LARGEST_JACOBIAN = 2 * 10**4  # entries; beyond, L-BFGS is quicker though it needs more steps
STEPS = 300
MOST_STEPS = 2000  # where they are short: with the invariants, some valleys are long
COLUMNS = 16  # of the Jacobian at a time


@dataclass(frozen=True, slots=True, eq=False)
class Fitter:
    """Minimises ||W (gamma m(x) - target)||^2 / 2 over coefficients x and the density gamma > 0.

    m(x) are the moments of the projections, or the invariants that these are linear in.

    Attributes
    ----------
    space : Space
    width : int or None
        Lags shorter than this are used; None where m(x) are the invariants.
    target : array, shape (D,)
        Measured moments, noise bias removed, or the invariants that they imply.
    weights : array, shape (D,) or (m, D)
        W, as a diagonal or in full.
    """

    space: Space
    width: int | None
    target: np.ndarray
    weights: np.ndarray

    def _run(self, kind: Kind, theta: np.ndarray) -> Any:
        program = _program(kind, self.space, self.width, self.weights.shape)
        return program(theta, self.weights, self.target)

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """W (gamma m(x) - target) at theta = (x, log gamma)."""
        return np.asarray(self._run("residual", theta))

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Derivative of the residual, by automatic differentiation."""
        return np.asarray(self._run("jacobian", theta))

    def cost(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """||residual||^2 / 2 and its gradient, by automatic differentiation."""
        cost, gradient = self._run("gradient", theta)
        return float(cost), np.asarray(gradient)

    def solve(self, solver: Solver, x: np.ndarray, density: float) -> Fit:
        """The local minimum that one of the solvers finds from this start.

        "scipy" is SciPy's least squares, "lbfgs" its quasi-Newton method for when the Jacobian is
        too large, "pymanopt" a trust region on R^n x (0, inf); "auto" one of the first two.
        """
        if solver == "auto":
            small = len(self.weights) * self.space.size <= LARGEST_JACOBIAN or self.width is None
            solver = "scipy" if small else "lbfgs"
        solvers = {
            "scipy": self.least_squares,
            "lbfgs": self.quasi_newton,
            "pymanopt": self.trust_region,
        }
        return solvers[solver](x, density)

    def least_squares(self, x: np.ndarray, density: float) -> Fit:
        """The local minimum that SciPy's trust-region least squares finds from this start."""
        return levenberg_marquardt(self, x, density, MOST_STEPS if self.width is None else STEPS)

    def quasi_newton(self, x: np.ndarray, density: float) -> Fit:
        """The local minimum that L-BFGS finds from this start."""
        scale = np.append(np.full(len(x), np.linalg.norm(x) / np.sqrt(len(x)) or 1.0), 1.0)

        def scaled(theta: np.ndarray) -> tuple[float, np.ndarray]:
            cost, gradient = self.cost(theta * scale)
            return cost, gradient * scale

        start = np.append(x, np.log(density)) / scale
        options = {"maxiter": 500, "maxcor": 30, "ftol": 1e-10, "gtol": 1e-8}
        bounds = [(None, None)] * len(x) + [tuple(BOUNDS)]
        found = minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        theta = found.x * scale
        return Fit(theta[:-1], float(np.exp(theta[-1])), float(found.fun), bool(found.success))

    def trust_region(self, x: np.ndarray, density: float) -> Fit:
        """The local minimum that pymanopt's trust region finds on R^n x (0, inf), with the
        Gauss-Newton Hessian.
        """
        import pymanopt
        from pymanopt.manifolds import Euclidean, Positive, Product
        from pymanopt.optimizers import TrustRegions

        manifold = Product([Euclidean(self.space.size), Positive(1, 1)])
        on_manifold: Any = pymanopt.function.numpy(manifold)
        known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

        def at(x: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Residual and Jacobian in (x, gamma), computed once at each point."""
            theta = np.append(x, np.log(gamma))
            if theta.tobytes() not in known:
                known.clear()
                slope = self.jacobian(theta) / np.append(np.ones(len(x)), gamma)
                known[theta.tobytes()] = self.residual(theta), slope
            return known[theta.tobytes()]

        def cost(x: np.ndarray, gamma: np.ndarray) -> float:
            return float(np.sum(at(x, gamma)[0] ** 2) / 2)

        def gradient(x: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            residual, slope = at(x, gamma)
            g = slope.T @ residual
            return g[:-1], g[-1:, None]

        def hessian(
            x: np.ndarray, gamma: np.ndarray, dx: np.ndarray, dgamma: np.ndarray
        ) -> tuple[np.ndarray, np.ndarray]:
            slope = at(x, gamma)[1]
            h = slope.T @ (slope @ np.append(dx, dgamma))
            return h[:-1], h[-1:, None]

        problem = pymanopt.Problem(
            manifold,
            on_manifold(cost),
            euclidean_gradient=on_manifold(gradient),
            euclidean_hessian=on_manifold(hessian),
        )
        optimizer = TrustRegions(verbosity=0, max_iterations=300, min_gradient_norm=1e-8)
        result = optimizer.run(problem, initial_point=[x, np.full((1, 1), density)])
        met = "min grad norm" in result.stopping_criterion
        return Fit(result.point[0], float(result.point[1].item()), float(result.cost), met)


@lru_cache(maxsize=16)
def _program(kind: Kind, space: Space, width: int | None, shape: tuple[int, ...]) -> Any:
    """The compiled function of (theta, weights, target)."""
    count, moments = _features(space, width)

    def residual(theta: Any, weights: Any, target: Any) -> Any:
        difference = jnp.exp(theta[-1]) * moments(theta[:-1]) - target
        return weights * difference if weights.ndim == 1 else weights @ difference

    def cost(*arguments: Any) -> Any:
        return jnp.sum(residual(*arguments) ** 2) / 2

    def jacobian(theta: Any, *rest: Any) -> Any:
        def push(direction: Any) -> Any:
            return jax.jvp(lambda t: residual(t, *rest), (theta,), (direction,))[1]

        # Some columns at a time: all at once would take gigabytes for large windows.
        return jax.lax.map(push, jnp.eye(space.size + 1), batch_size=COLUMNS).T

    functions = {
        "residual": residual,
        "jacobian": jacobian,
        "gradient": jax.value_and_grad(cost),
    }
    shapes = [jax.ShapeDtypeStruct(s, np.float64) for s in ((space.size + 1,), shape, (count,))]
    with clock.setup():
        return jax.jit(functions[kind]).lower(*shapes).compile()


def _features(space: Space, width: int | None) -> tuple[int, Callable[[Any], Any]]:
    """The number of entries of m(x), and m."""
    bispectrum = space.invariants()
    if width is None:
        assert bispectrum is not None
        return bispectrum.count, lambda x: bispectrum.values(x, jnp)
    geometry = lags(width, space.ndim_measurement)
    poses, shares = space.quadrature()
    operator = space.operator(poses)
    return geometry.count, lambda x: model(operator @ x, geometry, jnp, shares)
