"""The fit of moments to which neighbours add: derivatives, and what it finds."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.autocorrelation.moment_solvers import (
    MOMENT_SOLVERS,
    fit_by_quasi_newton,
    fit_quickest,
)
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.neighbour_terms import neighbour_geometry, neighbour_terms
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, Window, make_space

DENSITY = 0.2
Case = tuple[Space, np.ndarray, MomentProblem]


@pytest.fixture(params=[("line", 6, "auto", 6), ("line", 6, "auto", 4), ("disc", 5, "count:6", 4)])
def case(request: pytest.FixtureRequest) -> Case:
    """A space, a truth theta, and the fit of its exact moments by count weights."""
    *names, width = request.param
    space, rng = make_space(*names), np.random.default_rng(1)
    x, window, box = space.random(rng), space.window, Window.cube(width, space.window.ndim)
    geometry = lags(box)
    h = rng.uniform(0.7, 1.6, neighbour_geometry(window, box).count)
    poses, shares = space.quadrature()
    templates = space.project(x, poses)
    alone = model_moments(templates, geometry, window, np, shares)
    added = neighbour_terms(templates, h, DENSITY, geometry, window, shares)
    target = DENSITY * (alone + np.asarray(added))
    weights = 100 * count_weights(geometry, np.ones(geometry.count, dtype=bool))
    theta = np.concatenate([x, h, [np.log(DENSITY)]])
    return space, theta, MomentProblem(ForwardModel(space), box, target, weights, ridge=1e-4)


def test_at_the_truth_the_residual_is_that_of_the_ridge(case: Case) -> None:
    space, theta, problem = case
    residual, h = problem.residual(theta), theta[space.size : -1]
    moments = len(problem.target)
    assert np.linalg.norm(residual[:moments]) < 1e-12 * np.linalg.norm(problem.target) * 100
    np.testing.assert_allclose(residual[moments:], 1e-4 * (h - 1))


def test_derivatives_are_those_of_the_residual_and_the_cost(case: Case) -> None:
    _, theta, problem = case
    theta = theta + 0.2 * np.random.default_rng(2).standard_normal(len(theta))
    exact = problem.jacobian(theta)
    for j, column in enumerate(exact.T):
        e = np.zeros_like(theta)
        e[j] = 1e-3
        near = problem.residual(theta + e) - problem.residual(theta - e)
        far = problem.residual(theta + 2 * e) - problem.residual(theta - 2 * e)
        assert np.linalg.norm(column - (8 * near - far) / 12e-3) < 1e-8 * np.linalg.norm(exact)
    cost, gradient = problem.cost(theta)
    residual = problem.residual(theta)
    assert cost == pytest.approx(np.sum(residual**2) / 2, rel=1e-12)
    np.testing.assert_allclose(gradient, exact.T @ residual, rtol=1e-8)


SOLVERS = ("scipy", "lbfgs", "pymanopt")


def test_all_solvers_come_to_the_same(case: Case) -> None:
    """Also where the moments are not those of any object."""
    space, theta, problem = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(problem.target))
    noisy = replace(problem, target=problem.target * (1 + noise), ridge=1.0)
    start = theta[: space.size]
    one, *others = (MOMENT_SOLVERS[solver](noisy, start, 0.15) for solver in SOLVERS)
    assert np.all(one.others >= 0)
    for two in others:
        assert two.cost == pytest.approx(one.cost, rel=1e-3)
        assert two.density == pytest.approx(one.density, rel=1e-2)
        np.testing.assert_allclose(two.others, one.others, atol=0.05)
        assert errors(space, two.x, one.x)["error"] < 1e-2


@pytest.mark.parametrize("iterations", [3, 500])
def test_what_l_bfgs_leaves_is_finished(case: Case, iterations: int) -> None:
    """Where the Jacobian is large, the fit begins with L-BFGS, here with few steps or enough."""
    space, theta, problem = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(problem.target))
    noisy = replace(problem, target=problem.target * (1 + noise), ridge=1.0)
    start = theta[: space.size]
    least = MOMENT_SOLVERS["scipy"](noisy, start, 0.15)
    short = fit_by_quasi_newton(noisy, start, 0.15, iterations)
    found = fit_quickest(noisy, start, 0.15, largest=0, steps=iterations)
    assert found.converged
    assert found.cost == pytest.approx(least.cost, rel=1e-3)
    assert found.cost <= short.cost
    if iterations == 3:
        assert not short.converged
        assert short.cost > 1.1 * least.cost
    small = fit_quickest(noisy, start, 0.15, largest=10**9, steps=iterations)
    assert np.array_equal(small.theta, least.theta)


def test_solvers_do_not_mind_how_small_the_moments_are(case: Case) -> None:
    """Weights ten thousand times smaller give the same object."""
    space, theta, problem = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(problem.target))
    noisy = replace(problem, target=problem.target * (1 + noise), ridge=1.0)
    faint = replace(noisy, weights=1e-4 * noisy.weights, ridge=1e-4)
    for solver in ("scipy", "lbfgs"):
        one, two = (
            MOMENT_SOLVERS[solver](some, theta[: space.size], 0.15) for some in (noisy, faint)
        )
        assert two.cost == pytest.approx(1e-8 * one.cost, rel=1e-3)
        assert errors(space, two.x, one.x)["error"] < 1e-2


def test_exact_moments_of_a_signal_give_it_and_its_separations() -> None:
    space, h = make_space("line", 6), np.array([1.6, 1.4, 1.2, 1.1, 0.9])
    x, window, geometry = space.random(np.random.default_rng(3)), space.window, lags(space.window)
    alone = model_moments(x[None], geometry, window, np)
    added = np.asarray(neighbour_terms(x[None], h, 0.5, geometry, window))
    weights = 1e3 * count_weights(geometry, np.ones(geometry.count, dtype=bool))
    target = 0.5 * (alone + added)
    problem = MomentProblem(ForwardModel(space), window, target, weights, ridge=1e-4)
    rng = np.random.default_rng(4)
    starts = [x + 0.3 * rng.standard_normal(6) for _ in range(3)]
    fits = [MOMENT_SOLVERS["auto"](problem, start, 0.1) for start in starts]
    best = min(fits, key=lambda fit: fit.cost)
    assert errors(space, best.x, x)["error"] < 1e-3
    assert best.density == pytest.approx(0.5, rel=1e-3)
    np.testing.assert_allclose(best.others, h, atol=0.01)


def test_h_stays_at_one_where_moments_tell_nothing_of_it(case: Case) -> None:
    space, theta, problem = case
    silent = replace(problem, weights=0 * problem.weights)
    found = MOMENT_SOLVERS["scipy"](silent, theta[: space.size], 0.1)
    assert np.array_equal(found.others, np.ones(problem.others))
