"""The local minimum of a moment problem on R^n x (0, inf), by pymanopt's trust region."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.density_fit import DensityFit


@dataclass(frozen=True, slots=True, eq=False)
class MomentsOnManifold:
    """A moment problem as a function of x, shape (n,), and of (h, gamma) > 0, shape (q + 1,), with
    the Gauss-Newton Hessian.
    """

    problem: MomentProblem
    last: dict[bytes, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def at(self, x: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residual and Jacobian in (x, h, gamma), computed once at each point."""
        theta = np.append(x, positive)
        theta[-1] = np.log(theta[-1])
        if theta.tobytes() not in self.last:
            self.last.clear()
            slope = self.problem.jacobian(theta) / np.append(np.ones(len(theta) - 1), positive[-1])
            self.last[theta.tobytes()] = self.problem.residual(theta), slope
        return self.last[theta.tobytes()]

    def cost(self, x: np.ndarray, positive: np.ndarray) -> float:
        """Half the sum of squares."""
        return float(np.sum(self.at(x, positive)[0] ** 2) / 2)

    def gradient(self, x: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Its derivatives, shapes (n,) and (q + 1, 1)."""
        residual, slope = self.at(x, positive)
        g = slope.T @ residual
        return g[: len(x)], g[len(x) :, None]

    def hessian(
        self, x: np.ndarray, positive: np.ndarray, dx: np.ndarray, dpositive: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The Gauss-Newton Hessian times (dx, dpositive), shapes (n,) and (q + 1, 1)."""
        slope = self.at(x, positive)[1]
        h = slope.T @ (slope @ np.append(dx, dpositive))
        return h[: len(x)], h[len(x) :, None]


def fit_on_manifold(problem: MomentProblem, x: np.ndarray, density: float) -> DensityFit:
    """The local minimum that pymanopt's trust region finds for x and (h, gamma) > 0."""
    import pymanopt
    from pymanopt.manifolds import Euclidean, Positive, Product
    from pymanopt.optimizers import TrustRegions

    positive = np.append(np.ones(problem.others), density)
    manifold = Product([Euclidean(len(x)), Positive(len(positive), 1)])
    on_manifold: Any = pymanopt.function.numpy(manifold)
    moments = MomentsOnManifold(problem)
    task = pymanopt.Problem(
        manifold,
        on_manifold(moments.cost),
        euclidean_gradient=on_manifold(moments.gradient),
        euclidean_hessian=on_manifold(moments.hessian),
    )
    optimizer = TrustRegions(verbosity=0, max_iterations=300, min_gradient_norm=1e-8)
    result = optimizer.run(task, initial_point=[x, positive[:, None]])
    x, positive = result.point[0], result.point[1][:, 0]
    met = "min grad norm" in result.stopping_criterion
    return DensityFit(x, positive[:-1], float(positive[-1]), float(result.cost), met)
