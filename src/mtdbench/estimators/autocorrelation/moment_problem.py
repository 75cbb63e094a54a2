"""Weighted least squares between the model's moments and measured ones."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import minimize

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.neighbour_terms import neighbour_geometry, neighbour_terms
from mtdbench.numerics.least_squares import BOUNDS, LeastSquaresResult, bounded_least_squares
from mtdbench.spaces import Space, Window

Kind = Literal["residual", "jacobian", "gradient"]
Solver = Literal["auto", "scipy", "lbfgs", "bfgs", "pymanopt"]
LARGEST_JACOBIAN = 2 * 10**4  # entries; beyond, L-BFGS comes near more quickly
STEPS = 300
MOST_STEPS = 2000  # where they are short: with the invariants, some valleys are long
COLUMNS = 16  # of the Jacobian at a time


@dataclass(frozen=True, slots=True, eq=False)
class MomentProblem:
    """Minimises ||W (gamma m(x) - target)||^2 / 2 over coefficients x and the density gamma > 0.

    m(x) are the moments of the projections, or the invariants that these are linear in. Under
    arbitrary spacing they are m(x, h, gamma), what neighbours add included, and h >= 0, the pair
    correlation of each class of displacements, is fitted too, with ridge^2 ||h - 1||^2 / 2 added:
    what no moment tells of h stays at 1. See `mtdbench.moments.neighbour_terms`.

    Attributes
    ----------
    space : Space
    box : Window or None
        Lags shorter than this are used; None where m(x) are the invariants.
    target : array, shape (D,)
        Measured moments, noise bias removed, or the invariants that they imply.
    weights : array, shape (D,) or (m, D)
        W, as a diagonal or in full.
    ridge : float or None
        None where copies are well separated, and there is no h.
    tolerance : float
        The largest entry of the gradient at which "bfgs" stops; SciPy's by default.
    """

    space: Space
    box: Window | None
    target: np.ndarray
    weights: np.ndarray
    ridge: float | None = None
    tolerance: float = 1e-5

    @property
    def others(self) -> int:
        """The number of classes of displacements, 0 where the copies are well separated."""
        if self.ridge is None or self.box is None:
            return 0
        return neighbour_geometry(self.space.window, self.box).count

    def _run(self, kind: Kind, theta: np.ndarray) -> Any:
        program = _program(kind, self.space, self.box, self.weights.shape, self.others)
        return program(theta, self.weights, self.target, self.ridge or 0.0)

    def residual(self, theta: np.ndarray) -> np.ndarray:
        """W (gamma m - target), and ridge (h - 1) after it, at theta = (x, h, log gamma)."""
        return np.asarray(self._run("residual", theta))

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """Derivative of the residual, by automatic differentiation."""
        return np.asarray(self._run("jacobian", theta))

    def cost(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """||residual||^2 / 2 and its gradient, by automatic differentiation."""
        cost, gradient = self._run("gradient", theta)
        return float(cost), np.asarray(gradient)

    def solve(self, solver: Solver, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The local minimum that one of the solvers finds from this start.

        "scipy" is SciPy's least squares, "lbfgs" its quasi-Newton method for when the Jacobian is
        too large, "bfgs" the dense one as it comes, "pymanopt" a trust region on R^n x (0, inf);
        "auto" the first, or where that is slow the second and then the first.
        """
        solvers = {
            "auto": self.quickest,
            "scipy": self.least_squares,
            "lbfgs": self.quasi_newton,
            "bfgs": self.untuned,
            "pymanopt": self.trust_region,
        }
        return solvers[solver](x, density)

    def quickest(self, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The local minimum by least squares; where the Jacobian is large, from what L-BFGS found:
        valleys are long, and it stops short in them.
        """
        entries = len(self.weights) * (self.space.size + self.others)
        if entries <= LARGEST_JACOBIAN or self.box is None:
            return self.least_squares(x, density)
        near = self.quasi_newton(x, density)
        return bounded_least_squares(self, near.x, near.density, STEPS, near.others, least=0.0)

    def least_squares(self, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The local minimum that SciPy's trust-region least squares finds from this start."""
        steps = MOST_STEPS if self.box is None else STEPS
        return bounded_least_squares(self, x, density, steps, np.ones(self.others), least=0.0)

    def quasi_newton(self, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The local minimum that L-BFGS finds from this start."""
        n, others = len(x), np.ones(self.others)
        scale = np.append(np.full(n, np.linalg.norm(x) / np.sqrt(n) or 1.0), np.append(others, 1.0))

        start = np.concatenate([x, others, [np.log(density)]]) / scale
        unit = self.cost(start * scale)[0] or 1.0  # SciPy's ftol is absolute for costs below 1

        def scaled(theta: np.ndarray) -> tuple[float, np.ndarray]:
            cost, gradient = self.cost(theta * scale)
            return cost / unit, gradient * scale / unit

        options = {"maxiter": 500, "maxcor": 30, "ftol": 1e-10, "gtol": 1e-8}
        bounds = [(None, None)] * n + [(0.0, None)] * len(others) + [tuple(BOUNDS)]
        found = minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        x, others = np.split((found.x * scale)[:-1], [n])
        density = float(np.exp(found.x[-1]))
        return LeastSquaresResult(x, density, float(found.fun * unit), bool(found.success), others)

    def untuned(self, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The point at which SciPy's BFGS stops from this start. With SciPy's default tolerance, a
        gradient below 1e-5, that is long before the minimum, because moments and so the cost are
        small in the paper's units; the published code asks for 1e-15.

        Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for
        two-dimensional multi-target detection*, its autocorrelation analysis.
        """
        start = np.concatenate([x, np.ones(self.others), [np.log(density)]])
        options = {"gtol": self.tolerance, "maxiter": 1000}
        found = minimize(self.cost, start, jac=True, method="BFGS", options=options)
        x, others = np.split(found.x[:-1], [len(x)])
        density = float(np.exp(found.x[-1]))
        return LeastSquaresResult(x, density, float(found.fun), bool(found.success), others)

    def trust_region(self, x: np.ndarray, density: float) -> LeastSquaresResult:
        """The local minimum that pymanopt's trust region finds for x and (h, gamma) > 0, with
        the Gauss-Newton Hessian.
        """
        import pymanopt
        from pymanopt.manifolds import Euclidean, Positive, Product
        from pymanopt.optimizers import TrustRegions

        n, positive = len(x), np.append(np.ones(self.others), density)
        manifold = Product([Euclidean(n), Positive(len(positive), 1)])
        on_manifold: Any = pymanopt.function.numpy(manifold)
        known: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

        def at(x: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Residual and Jacobian in (x, h, gamma), computed once at each point."""
            theta = np.append(x, positive)
            theta[-1] = np.log(theta[-1])
            if theta.tobytes() not in known:
                known.clear()
                slope = self.jacobian(theta) / np.append(np.ones(len(theta) - 1), positive[-1])
                known[theta.tobytes()] = self.residual(theta), slope
            return known[theta.tobytes()]

        def cost(x: np.ndarray, positive: np.ndarray) -> float:
            return float(np.sum(at(x, positive)[0] ** 2) / 2)

        def gradient(x: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            residual, slope = at(x, positive)
            g = slope.T @ residual
            return g[:n], g[n:, None]

        def hessian(
            x: np.ndarray, positive: np.ndarray, dx: np.ndarray, dpositive: np.ndarray
        ) -> tuple[np.ndarray, np.ndarray]:
            slope = at(x, positive)[1]
            h = slope.T @ (slope @ np.append(dx, dpositive))
            return h[:n], h[n:, None]

        problem = pymanopt.Problem(
            manifold,
            on_manifold(cost),
            euclidean_gradient=on_manifold(gradient),
            euclidean_hessian=on_manifold(hessian),
        )
        optimizer = TrustRegions(verbosity=0, max_iterations=300, min_gradient_norm=1e-8)
        result = optimizer.run(problem, initial_point=[x, positive[:, None]])
        x, positive = result.point[0], result.point[1][:, 0]
        met = "min grad norm" in result.stopping_criterion
        return LeastSquaresResult(x, float(positive[-1]), float(result.cost), met, positive[:-1])


@lru_cache(maxsize=16)
def _program(
    kind: Kind, space: Space, box: Window | None, shape: tuple[int, ...], others: int
) -> Any:
    """The compiled function of (theta, weights, target, ridge)."""
    count, moments = _features(space, box, others > 0)
    size = space.size + others + 1

    def residual(theta: Any, weights: Any, target: Any, ridge: Any) -> Any:
        x, h, gamma = theta[: space.size], theta[space.size : -1], jnp.exp(theta[-1])
        difference = gamma * moments(x, h, gamma) - target
        diagonal = weights.shape == difference.shape
        weighed = weights * difference if diagonal else weights @ difference
        return jnp.append(weighed, ridge * (h - 1))

    def cost(*arguments: Any) -> Any:
        return jnp.sum(residual(*arguments) ** 2) / 2

    def jacobian(theta: Any, *rest: Any) -> Any:
        def push(direction: Any) -> Any:
            return jax.jvp(lambda t: residual(t, *rest), (theta,), (direction,))[1]

        # Some columns at a time: all at once would take gigabytes for large windows.
        return jax.lax.map(push, jnp.eye(size), batch_size=COLUMNS).T

    functions = {
        "residual": residual,
        "jacobian": jacobian,
        "gradient": jax.value_and_grad(cost),
    }
    shapes = [jax.ShapeDtypeStruct(s, np.float64) for s in ((size,), shape, (count,), ())]
    with clock.setup():
        return jax.jit(functions[kind]).lower(*shapes).compile()


def _features(
    space: Space, box: Window | None, neighbours: bool
) -> tuple[int, Callable[[Any, Any, Any], Any]]:
    """The number of entries of m, and m as a function of x, h and gamma."""
    bispectrum = rotation_invariants(space)
    if box is None:
        assert bispectrum is not None
        return bispectrum.count, lambda x, h, gamma: bispectrum.values(x, jnp)
    geometry, window = lags(box), space.window
    poses, shares = space.quadrature()
    operator = space.operator(poses)
    if not neighbours:
        return geometry.count, lambda x, h, gamma: model_moments(
            operator @ x, geometry, window, jnp, shares
        )

    def moments(x: Any, h: Any, gamma: Any) -> Any:
        templates = operator @ x
        alone = model_moments(templates, geometry, window, jnp, shares)
        return alone + neighbour_terms(templates, h, gamma, geometry, window, shares)

    return geometry.count, moments
