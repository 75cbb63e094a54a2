"""Weighted least squares between the model's moments and measured ones."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from mtdbench import clock
from mtdbench.backend import jax
from mtdbench.kernels.moments import lags, model
from mtdbench.spaces import Space

jnp = jax.numpy


@dataclass(frozen=True, slots=True)
class Fit:
    """A local minimum: x (n,), density gamma, half the weighted sum of squares, and whether the
    optimiser met its tolerance.
    """

    x: np.ndarray
    density: float
    cost: float
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class Fitter:
    """Minimises ||W (gamma m(x) - target)||^2 / 2 over coefficients x and the density gamma > 0.

    Attributes
    ----------
    space : Space
    width : int
        Lags shorter than this are used.
    target : array, shape (D,)
        Measured moments, noise bias removed.
    weights : array, shape (D,) or (m, D)
        W, as a diagonal or in full.
    """

    space: Space
    width: int
    target: np.ndarray
    weights: np.ndarray

    def programs(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The compiled residual and Jacobian in theta = (x, log gamma)."""
        return _programs(self.space, self.width, self.weights.shape)

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """W (gamma m(x) - target) at theta = (x, log gamma)."""
        return np.asarray(self.programs()[0](theta, self.weights, self.target))

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Derivative of the residual, by automatic differentiation."""
        return np.asarray(self.programs()[1](theta, self.weights, self.target))

    def levenberg_marquardt(self, x: np.ndarray, density: float) -> Fit:
        """The local minimum that SciPy's trust-region least squares finds from this start."""
        start = np.append(x, np.log(density))
        found = least_squares(
            self.residual, start, self.jacobian, x_scale="jac", ftol=1e-10, xtol=1e-10, gtol=1e-10
        )
        return Fit(found.x[:-1], float(np.exp(found.x[-1])), float(found.cost), found.status > 0)

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
def _programs(space: Space, width: int, shape: tuple[int, ...]) -> tuple[Any, Any]:
    geometry = lags(width, space.ndim_measurement)
    operator = space.operator(space.poses(space.exact_poses))

    def residual(theta: Any, weights: Any, target: Any) -> Any:
        difference = jnp.exp(theta[-1]) * model(operator @ theta[:-1], geometry, jnp) - target
        return weights * difference if weights.ndim == 1 else weights @ difference

    shapes = [
        jax.ShapeDtypeStruct(s, np.float64) for s in ((space.size + 1,), shape, (geometry.count,))
    ]
    with clock.setup():
        return (
            jax.jit(residual).lower(*shapes).compile(),
            jax.jit(jax.jacfwd(residual)).lower(*shapes).compile(),
        )
