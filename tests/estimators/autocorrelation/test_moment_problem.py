"""The fit of the moments: derivatives, and what it finds where the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.autocorrelation.moment_solvers import MOMENT_SOLVERS
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, Window, make_space

DENSITY = 0.07


@pytest.fixture(
    params=[("line", 6, "auto", 6), ("disc", 5, "paper", 5), ("ball", 5, "degree:1", 4)], ids=str
)
def case(request: pytest.FixtureRequest) -> tuple[Space, np.ndarray, MomentProblem]:
    """A space, a truth, and the fit of its exact moments by count weights."""
    *names, width = request.param
    space = make_space(*names)
    x = space.random(np.random.default_rng(1))
    box = Window.cube(width, space.window.ndim)
    geometry = lags(box)
    poses, shares = space.quadrature()
    keep = np.ones(geometry.count, dtype=bool)
    target = DENSITY * model_moments(space.project(x, poses), geometry, space.window, np, shares)
    weights = count_weights(geometry, keep)
    return space, x, MomentProblem(ForwardModel(space), box, target, weights)


def elsewhere(x: np.ndarray) -> np.ndarray:
    return np.append(x + 0.3 * np.random.default_rng(2).standard_normal(len(x)), np.log(0.1))


def test_the_truth_leaves_no_residual(case: tuple) -> None:
    _, x, problem = case
    residual = problem.residual(np.append(x, np.log(DENSITY)))
    assert np.linalg.norm(residual) < 1e-12 * np.linalg.norm(problem.weights * problem.target)


def test_the_jacobian_is_the_derivative(case: tuple) -> None:
    _, x, problem = case
    theta = elsewhere(x)
    exact = problem.jacobian(theta)
    for j, column in enumerate(exact.T):
        e = np.zeros_like(theta)
        e[j] = 1e-3
        near = problem.residual(theta + e) - problem.residual(theta - e)
        far = problem.residual(theta + 2 * e) - problem.residual(theta - 2 * e)
        numeric = (8 * near - far) / 12e-3  # differences of the fourth order
        assert np.linalg.norm(column - numeric) < 1e-8 * np.linalg.norm(exact)


def test_full_weights_weigh_like_diagonal_ones(case: tuple) -> None:
    _, x, problem = case
    full = replace(problem, weights=np.diag(problem.weights)[::3])
    theta = elsewhere(x)
    np.testing.assert_allclose(full.residual(theta), problem.residual(theta)[::3], rtol=1e-10)
    np.testing.assert_allclose(full.jacobian(theta), problem.jacobian(theta)[::3], atol=1e-10)


def test_the_gradient_is_that_of_the_cost(case: tuple) -> None:
    _, x, problem = case
    theta = elsewhere(x)
    cost, gradient = problem.cost(theta)
    residual = problem.residual(theta)
    assert cost == pytest.approx(np.sum(residual**2) / 2, rel=1e-12)
    np.testing.assert_allclose(gradient, problem.jacobian(theta).T @ residual, rtol=1e-8)


SOLVERS = ("scipy", "lbfgs", "pymanopt", "auto")


@pytest.mark.parametrize("solver", SOLVERS)
def test_exact_moments_give_the_truth(case: tuple, solver: str) -> None:
    space, x, problem = case
    rng = np.random.default_rng(3)
    starts = [x + 0.3 * rng.standard_normal(len(x)) * np.std(x) for _ in range(2)]
    problem = replace(problem, weights=100 * problem.weights)
    fits = [MOMENT_SOLVERS[solver](problem, start, 0.1) for start in starts]
    best = min(fits, key=lambda fit: fit.cost)
    assert best.cost < 1e-4 * np.sum((problem.weights * problem.target) ** 2)
    assert best.density == pytest.approx(DENSITY, rel=1e-2)
    assert errors(space, best.x, x)["error"] < 1e-2
    theta = np.append(best.x, np.log(best.density))
    assert best.cost == pytest.approx(np.sum(problem.residual(theta) ** 2) / 2, rel=1e-6)


def test_all_solvers_come_to_the_same(case: tuple) -> None:
    """Also where the moments are not those of any object."""
    space, x, problem = case
    noise = 0.02 * np.random.default_rng(6).standard_normal(len(problem.target))
    target = problem.target * (1 + noise)
    noisy = replace(problem, target=target, weights=100 * problem.weights)
    one, *others = (MOMENT_SOLVERS[solver](noisy, x, 0.1) for solver in SOLVERS)
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
    _, x, problem = case
    start = x + 0.3 * np.random.default_rng(4).standard_normal(len(x)) * np.std(x)
    shares = []
    for unit in (1e-3, 1e2):
        fit = replace(problem, weights=unit * problem.weights)
        found = MOMENT_SOLVERS["bfgs"](fit, start, 0.1)
        theta = np.append(found.x, np.log(found.density))
        cost, gradient = fit.cost(theta)
        assert found.cost == pytest.approx(cost)
        if unit == 1e-3:
            assert found.converged
            assert np.max(np.abs(gradient)) < 1e-5
        shares.append(cost / np.sum((fit.weights * fit.target) ** 2))
    assert shares[1] < 0.1 * shares[0]


def test_with_a_smaller_tolerance_bfgs_goes_on(case: tuple) -> None:
    _, x, problem = case
    start = x + 0.3 * np.random.default_rng(4).standard_normal(len(x)) * np.std(x)
    small = replace(problem, weights=1e-3 * problem.weights)
    ends = [MOMENT_SOLVERS["bfgs"](replace(small, tolerance=t), start, 0.1) for t in (1e-5, 1e-9)]
    assert ends[1].cost < 0.1 * ends[0].cost
