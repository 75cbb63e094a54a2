"""The fit of the moments: derivatives, and what it finds where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.moment_problem import Fitter
from mtdbench.evaluate.relative_error import errors
from mtdbench.moments.autocorrelations import lags, model
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, make_space

DENSITY = 0.07


@pytest.fixture(
    params=[("line", 6, "auto", 6), ("disc", 5, "paper", 5), ("ball", 5, "degree:1", 4)], ids=str
)
def case(request: pytest.FixtureRequest) -> tuple[Space, np.ndarray, Fitter]:
    """A space, a truth, and the fit of its exact moments by count weights."""
    *names, width = request.param
    space = make_space(*names)
    x = space.random(np.random.default_rng(1))
    geometry = lags(width, space.window.ndim)
    poses, shares = space.quadrature()
    keep = np.ones(geometry.count, dtype=bool)
    target = DENSITY * model(space.project(x, poses), geometry, np, shares)
    return space, x, Fitter(space, width, target, count_weights(geometry, keep))


def elsewhere(x: np.ndarray) -> np.ndarray:
    return np.append(x + 0.3 * np.random.default_rng(2).standard_normal(len(x)), np.log(0.1))


def test_the_truth_leaves_no_residual(case: tuple) -> None:
    _, x, fitter = case
    residual = fitter.residual(np.append(x, np.log(DENSITY)))
    assert np.linalg.norm(residual) < 1e-12 * np.linalg.norm(fitter.weights * fitter.target)


def test_the_jacobian_is_the_derivative(case: tuple) -> None:
    _, x, fitter = case
    theta = elsewhere(x)
    exact = fitter.jacobian(theta)
    for j, column in enumerate(exact.T):
        e = np.zeros_like(theta)
        e[j] = 1e-3
        near = fitter.residual(theta + e) - fitter.residual(theta - e)
        far = fitter.residual(theta + 2 * e) - fitter.residual(theta - 2 * e)
        numeric = (8 * near - far) / 12e-3  # differences of the fourth order
        assert np.linalg.norm(column - numeric) < 1e-8 * np.linalg.norm(exact)


def test_full_weights_weigh_like_diagonal_ones(case: tuple) -> None:
    space, x, fitter = case
    full = Fitter(space, fitter.width, fitter.target, np.diag(fitter.weights)[::3])
    theta = elsewhere(x)
    np.testing.assert_allclose(full.residual(theta), fitter.residual(theta)[::3], rtol=1e-10)
    np.testing.assert_allclose(full.jacobian(theta), fitter.jacobian(theta)[::3], atol=1e-10)


def test_the_gradient_is_that_of_the_cost(case: tuple) -> None:
    _, x, fitter = case
    theta = elsewhere(x)
    cost, gradient = fitter.cost(theta)
    residual = fitter.residual(theta)
    assert cost == pytest.approx(np.sum(residual**2) / 2, rel=1e-12)
    np.testing.assert_allclose(gradient, fitter.jacobian(theta).T @ residual, rtol=1e-8)


SOLVERS = ("scipy", "lbfgs", "pymanopt", "auto")


@pytest.mark.parametrize("solver", SOLVERS)
def test_exact_moments_give_the_truth(case: tuple, solver: str) -> None:
    space, x, fitter = case
    rng = np.random.default_rng(3)
    starts = [x + 0.3 * rng.standard_normal(len(x)) * np.std(x) for _ in range(2)]
    fitter = replace(fitter, weights=100 * fitter.weights)
    fits = [fitter.solve(solver, start, 0.1) for start in starts]
    best = min(fits, key=lambda fit: fit.cost)
    assert best.cost < 1e-4 * np.sum((fitter.weights * fitter.target) ** 2)
    assert best.density == pytest.approx(DENSITY, rel=1e-2)
    assert errors(space, best.x, x)["error"] < 1e-2
    theta = np.append(best.x, np.log(best.density))
    assert best.cost == pytest.approx(np.sum(fitter.residual(theta) ** 2) / 2, rel=1e-6)


def test_all_solvers_come_to_the_same(case: tuple) -> None:
    """Also where the moments are not those of any object."""
    space, x, fitter = case
    noise = 0.02 * np.random.default_rng(6).standard_normal(len(fitter.target))
    target = fitter.target * (1 + noise)
    noisy = Fitter(space, fitter.width, target, 100 * fitter.weights)
    one, *others = (noisy.solve(solver, x, 0.1) for solver in SOLVERS)
    assert one.cost > 1e-4
    for two in others:
        assert two.cost == pytest.approx(one.cost, rel=1e-3)
        assert two.density == pytest.approx(one.density, rel=1e-2)
        assert np.linalg.norm(space.align(two.x, one.x) - one.x) < 1e-2 * np.linalg.norm(one.x)
    theta = np.append(one.x, np.log(one.density))
    gradient = noisy.jacobian(theta).T @ noisy.residual(theta)
    start = np.append(x, np.log(0.1))
    before = noisy.jacobian(start).T @ noisy.residual(start)
    assert np.linalg.norm(gradient) < 1e-4 * np.linalg.norm(before)


def test_bfgs_as_it_comes_depends_on_the_units(case: tuple) -> None:
    """It ends where the gradient is below 1e-5, before the minimum where moments are small."""
    _, x, fitter = case
    start = x + 0.3 * np.random.default_rng(4).standard_normal(len(x)) * np.std(x)
    shares = []
    for unit in (1e-3, 1e2):
        fit = replace(fitter, weights=unit * fitter.weights)
        found = fit.solve("bfgs", start, 0.1)
        theta = np.append(found.x, np.log(found.density))
        cost, gradient = fit.cost(theta)
        assert found.cost == pytest.approx(cost)
        if unit == 1e-3:
            assert found.converged
            assert np.max(np.abs(gradient)) < 1e-5
        shares.append(cost / np.sum((fit.weights * fit.target) ** 2))
    assert shares[1] < 0.1 * shares[0]


def test_with_a_smaller_tolerance_bfgs_goes_on(case: tuple) -> None:
    _, x, fitter = case
    start = x + 0.3 * np.random.default_rng(4).standard_normal(len(x)) * np.std(x)
    small = replace(fitter, weights=1e-3 * fitter.weights)
    ends = [replace(small, tolerance=t).solve("bfgs", start, 0.1) for t in (1e-5, 1e-9)]
    assert ends[1].cost < 0.1 * ends[0].cost
