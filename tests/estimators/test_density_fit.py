"""Fits of an object, other parameters and the density, where the answer is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from mtdbench.estimators.density_fit import fit_density, join_theta, split_theta


@dataclass(frozen=True)
class Known:
    """Residuals of x (2,), one other parameter and log gamma from what they should be."""

    x: np.ndarray
    other: float
    density: float

    def residual(self, theta: np.ndarray) -> np.ndarray:
        return theta - join_theta(self.x, np.array([self.other]), self.density)

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        return np.eye(len(theta))


X = np.array([0.3, -2.0])


def test_all_parts_are_found() -> None:
    fit = fit_density(Known(X, -0.5, 0.2), np.zeros(2), np.ones(1), 0.1, 50)
    np.testing.assert_allclose(fit.x, X, rtol=1e-8)
    np.testing.assert_allclose(fit.others, [-0.5], rtol=1e-8)
    assert fit.density == pytest.approx(0.2)
    assert fit.converged
    np.testing.assert_allclose(fit.theta, [*X, -0.5, np.log(0.2)], rtol=1e-8)


def test_others_stay_above_their_least_value() -> None:
    fit = fit_density(Known(X, -0.5, 0.2), np.zeros(2), np.ones(1), 0.1, 50, least=0.0)
    assert 0 <= fit.others[0] < 1e-6
    np.testing.assert_allclose(fit.x, X, rtol=1e-6)
    assert fit.cost == pytest.approx(0.125, rel=1e-5)


@pytest.mark.parametrize(("wanted", "found"), [(1e-9, 1e-4), (50.0, 1.0)])
def test_the_density_stays_within_its_bounds(wanted: float, found: float) -> None:
    fit = fit_density(Known(X, 0.5, wanted), np.zeros(2), np.ones(1), 0.1, 50)
    assert fit.density == pytest.approx(found, rel=1e-4)
    assert 1e-4 <= fit.density <= 1


def test_a_vector_is_split_where_it_was_joined() -> None:
    fit = split_theta(join_theta(X, np.array([7.0, 8.0]), 0.25), 2, 3.0, True)
    assert np.array_equal(fit.x, X)
    assert np.array_equal(fit.others, [7.0, 8.0])
    assert fit.density == pytest.approx(0.25)
    assert (fit.cost, fit.converged) == (3.0, True)
