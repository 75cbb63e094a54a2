"""The fit of moments to which neighbours add: derivatives, and what it finds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation import moment_problem as module
from mtdbench.estimators.autocorrelation.moment_problem import Fitter
from mtdbench.evaluate.relative_error import errors
from mtdbench.moments.autocorrelations import lags, model
from mtdbench.moments.neighbour_terms import crowded, crowding
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, make_space

DENSITY = 0.2
Case = tuple[Space, np.ndarray, Fitter]


@pytest.fixture(params=[("line", 6, "auto", 6), ("line", 6, "auto", 4), ("disc", 5, "count:6", 4)])
def case(request: pytest.FixtureRequest) -> Case:
    """A space, a truth theta, and the fit of its exact moments by count weights."""
    *names, width = request.param
    space, rng = make_space(*names), np.random.default_rng(1)
    x, geometry = space.random(rng), lags(width, space.window.ndim)
    h = rng.uniform(0.7, 1.6, crowding(space.window, width, space.window.ndim).count)
    poses, shares = space.quadrature()
    templates = space.project(x, poses)
    alone = model(templates, geometry, np, shares)
    target = DENSITY * (alone + np.asarray(crowded(templates, h, DENSITY, geometry, shares)))
    weights = 100 * count_weights(geometry, np.ones(geometry.count, dtype=bool))
    theta = np.concatenate([x, h, [np.log(DENSITY)]])
    return space, theta, Fitter(space, width, target, weights, ridge=1e-4)


def test_at_the_truth_the_residual_is_that_of_the_ridge(case: Case) -> None:
    space, theta, fitter = case
    residual, h = fitter.residual(theta), theta[space.size : -1]
    moments = len(fitter.target)
    assert np.linalg.norm(residual[:moments]) < 1e-12 * np.linalg.norm(fitter.target) * 100
    np.testing.assert_allclose(residual[moments:], 1e-4 * (h - 1))


def test_derivatives_are_those_of_the_residual_and_the_cost(case: Case) -> None:
    _, theta, fitter = case
    theta = theta + 0.2 * np.random.default_rng(2).standard_normal(len(theta))
    exact = fitter.jacobian(theta)
    for j, column in enumerate(exact.T):
        e = np.zeros_like(theta)
        e[j] = 1e-3
        near = fitter.residual(theta + e) - fitter.residual(theta - e)
        far = fitter.residual(theta + 2 * e) - fitter.residual(theta - 2 * e)
        assert np.linalg.norm(column - (8 * near - far) / 12e-3) < 1e-8 * np.linalg.norm(exact)
    cost, gradient = fitter.cost(theta)
    residual = fitter.residual(theta)
    assert cost == pytest.approx(np.sum(residual**2) / 2, rel=1e-12)
    np.testing.assert_allclose(gradient, exact.T @ residual, rtol=1e-8)


SOLVERS = ("scipy", "lbfgs", "pymanopt")


def test_all_solvers_come_to_the_same(case: Case) -> None:
    """Also where the moments are not those of any object."""
    space, theta, fitter = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(fitter.target))
    noisy = replace(fitter, target=fitter.target * (1 + noise), ridge=1.0)
    start = theta[: space.size]
    one, *others = (noisy.solve(solver, start, 0.15) for solver in SOLVERS)
    assert np.all(one.others >= 0)
    for two in others:
        assert two.cost == pytest.approx(one.cost, rel=1e-3)
        assert two.density == pytest.approx(one.density, rel=1e-2)
        np.testing.assert_allclose(two.others, one.others, atol=0.05)
        assert errors(space, two.x, one.x)["error"] < 1e-2


@pytest.mark.parametrize("iterations", [3, 500])
def test_what_l_bfgs_leaves_is_finished(
    case: Case, iterations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the Jacobian is large, the fit begins with L-BFGS, here with few steps or enough."""
    space, theta, fitter = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(fitter.target))
    noisy = replace(fitter, target=fitter.target * (1 + noise), ridge=1.0)
    least = noisy.solve("scipy", theta[: space.size], 0.15)

    def minimize(*arguments: Any, options: dict[str, Any], **others: Any) -> Any:
        return module_minimize(*arguments, options=options | {"maxiter": iterations}, **others)

    module_minimize = module.minimize
    monkeypatch.setattr(module, "minimize", minimize)
    monkeypatch.setattr(module, "LARGEST_JACOBIAN", 0)
    short = noisy.solve("lbfgs", theta[: space.size], 0.15)
    found = noisy.solve("auto", theta[: space.size], 0.15)
    assert found.converged
    assert found.cost == pytest.approx(least.cost, rel=1e-3)
    assert found.cost <= short.cost
    if iterations == 3:
        assert not short.converged
        assert short.cost > 1.1 * least.cost


def test_solvers_do_not_mind_how_small_the_moments_are(case: Case) -> None:
    """Weights ten thousand times smaller give the same object."""
    space, theta, fitter = case
    noise = 0.01 * np.random.default_rng(6).standard_normal(len(fitter.target))
    noisy = replace(fitter, target=fitter.target * (1 + noise), ridge=1.0)
    faint = replace(noisy, weights=1e-4 * noisy.weights, ridge=1e-4)
    for solver in ("scipy", "lbfgs"):
        one, two = (some.solve(solver, theta[: space.size], 0.15) for some in (noisy, faint))
        assert two.cost == pytest.approx(1e-8 * one.cost, rel=1e-3)
        assert errors(space, two.x, one.x)["error"] < 1e-2


def test_exact_moments_of_a_signal_give_it_and_its_separations() -> None:
    space, h = make_space("line", 6), np.array([1.6, 1.4, 1.2, 1.1, 0.9])
    x, geometry = space.random(np.random.default_rng(3)), lags(6, 1)
    alone, added = model(x[None], geometry, np), np.asarray(crowded(x[None], h, 0.5, geometry))
    weights = 1e3 * count_weights(geometry, np.ones(geometry.count, dtype=bool))
    fitter = Fitter(space, 6, 0.5 * (alone + added), weights, ridge=1e-4)
    rng = np.random.default_rng(4)
    fits = [fitter.solve("auto", x + 0.3 * rng.standard_normal(6), 0.1) for _ in range(3)]
    best = min(fits, key=lambda fit: fit.cost)
    assert errors(space, best.x, x)["error"] < 1e-3
    assert best.density == pytest.approx(0.5, rel=1e-3)
    np.testing.assert_allclose(best.others, h, atol=0.01)


def test_h_stays_at_one_where_moments_tell_nothing_of_it(case: Case) -> None:
    space, theta, fitter = case
    silent = replace(fitter, weights=0 * fitter.weights)
    found = silent.solve("scipy", theta[: space.size], 0.1)
    assert np.array_equal(found.others, np.ones(fitter.others))
