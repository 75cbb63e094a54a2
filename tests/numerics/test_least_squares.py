"""Bounded least squares on problems whose minima are known."""

from dataclasses import dataclass

import numpy as np
import pytest

from mtdbench.numerics.least_squares import bounded_least_squares

FREE = (np.full(2, -np.inf), np.full(2, np.inf))


@dataclass(frozen=True)
class Rosenbrock:
    """Residuals (10 (y - x^2), 1 - x): the minimum 0 at (1, 1), along a curved valley."""

    def residual(self, theta: np.ndarray) -> np.ndarray:
        x, y = theta
        return np.array([10 * (y - x**2), 1 - x])

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        return np.array([[-20 * theta[0], 10.0], [-1.0, 0.0]])


START = np.array([-1.2, 1.0])


def test_the_minimum_is_found() -> None:
    found = bounded_least_squares(Rosenbrock(), START, FREE, 100)
    np.testing.assert_allclose(found.theta, [1, 1], rtol=1e-8)
    assert found.cost < 1e-15
    assert found.converged


def test_bounds_are_kept_and_the_cost_is_half_the_sum_of_squares() -> None:
    """With x <= 1/2 the minimum is at its end, (1/2, 1/4)."""
    bounds = (FREE[0], np.array([0.5, np.inf]))
    found = bounded_least_squares(Rosenbrock(), START, bounds, 100)
    np.testing.assert_allclose(found.theta, [0.5, 0.25], rtol=1e-6)
    assert np.all(found.theta <= bounds[1])
    assert found.cost == pytest.approx(np.sum(Rosenbrock().residual(found.theta) ** 2) / 2)
    assert found.cost == pytest.approx(0.125, rel=1e-5)


def test_too_few_evaluations_are_told() -> None:
    found = bounded_least_squares(Rosenbrock(), START, FREE, 3)
    assert not found.converged
    assert found.cost > 1e-3


def test_loose_tolerances_stop_earlier() -> None:
    loose = {"ftol": 0.5, "xtol": 1e-10, "gtol": 1e-10}
    found = bounded_least_squares(Rosenbrock(), START, FREE, 100, loose)
    assert found.converged
    assert found.cost > bounded_least_squares(Rosenbrock(), START, FREE, 100).cost
