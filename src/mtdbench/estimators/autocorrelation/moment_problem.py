"""Weighted least squares between the model's moments and measured ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.estimators.autocorrelation.moment_program import MomentFunction, moment_program
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.neighbour_terms import neighbour_geometry
from mtdbench.spaces import Space, Window


@dataclass(frozen=True, slots=True, eq=False)
class MomentProblem:
    """||W (gamma m(x) - target)||^2 / 2 as a function of coefficients x and the density gamma > 0.

    m(x) are the moments of the projections, or the invariants that these are linear in. Under
    arbitrary spacing they are m(x, h, gamma), what neighbours add included, and h >= 0, the pair
    correlation of each class of displacements, is fitted too, with ridge^2 ||h - 1||^2 / 2 added:
    what no moment tells of h stays at 1. See `mtdbench.moments.neighbour_terms`.

    Attributes
    ----------
    forward : ForwardModel
        What a measurement shows of a copy.
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

    forward: ForwardModel
    box: Window | None
    target: np.ndarray
    weights: np.ndarray
    ridge: float | None = None
    tolerance: float = 1e-5

    @property
    def space(self) -> Space:
        """What is estimated."""
        return self.forward.space

    @property
    def others(self) -> int:
        """The number of classes of displacements, 0 where the copies are well separated."""
        if self.ridge is None or self.box is None:
            return 0
        return neighbour_geometry(self.forward.support, self.box).count

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

    def _run(self, function: MomentFunction, theta: np.ndarray) -> Any:
        forward, shape = self.forward, self.weights.shape
        optics = tuple((forward.filters[k], share) for k, share in forward.group_shares)
        program = moment_program(function, self.space, optics, self.box, shape, self.others)
        return program(theta, self.weights, self.target, self.ridge or 0.0)
