"""Stochastic EM: what its steps leave alone, what they average, when they end."""

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.iteration import EMState, iterate
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.phase import one_random_start, run_phases
from mtdbench.estimators.em.prior import FreePrior
from mtdbench.estimators.em.problem import make_problem, resized
from mtdbench.estimators.em.stochastic import (
    Stochastic,
    StochasticStep,
    agreement,
    ascend,
    mean_state,
)
from mtdbench.spaces import Window, make_space


def state(x: np.ndarray, objective: float = 0.0) -> EMState:
    return EMState(Parameters(x, np.full(3, 1 / 3), 1.0), objective, 1, 0.0)


def test_the_maximum_of_the_likelihood_stays_where_it_is(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    start = problem.random_start(np.random.default_rng(0))
    *_, best = islice(iterate(problem.operator, start, 8), 200)
    rng, everything = np.random.default_rng(1), problem.count
    *_, moved = islice(ascend(problem, best.parameters, rng, everything), 10)
    assert np.allclose(moved.state.parameters.x, best.parameters.x, rtol=0, atol=1e-6)


def test_momentum_climbs_faster_than_plain_steps(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    start = problem.random_start(np.random.default_rng(0))
    rng, everything = np.random.default_rng(1), problem.count
    *_, quick = islice(ascend(problem, start, rng, everything), 30)
    *_, plain = islice(iterate(problem.operator, start, 0), 30)
    assert quick.state.objective > plain.objective


def test_every_step_draws_patches_and_rotates_the_poses(image: Any) -> None:
    problem = make_problem(image.measurement, 8, "uniform", 1, "double")
    rng = np.random.default_rng(0)
    one, two = (problem.fresh(rng, 50) for _ in range(2))
    ((_, first),), ((_, second),) = one.sources, two.sources
    assert len(first) == len(second) == 50
    assert not np.array_equal(first.patches.chosen, second.patches.chosen)
    assert not np.allclose(one.poses, two.poses)
    assert np.allclose(np.diff(one.poses, axis=0), np.diff(problem.operator.poses, axis=0))


def test_the_noise_of_the_estimates_dies_down(signal: Any) -> None:
    """The estimate is the mean of half the iterates, more and more of them."""
    problem = make_problem(signal.measurement, 8, "uniform", 1, "double")
    endless = Stochastic(problem.count // 5, 80, fewest=1000)
    run = run_phases(problem, [one_random_start, endless], np.random.default_rng(1))
    x = np.array([estimate.x for estimate in run])
    assert len(x) == 80
    steps = np.linalg.norm(np.diff(x, axis=0), axis=1)
    early, late = steps[8:16].mean(), steps[-20:].mean()
    assert late < 0.6 * early


def test_the_mean_is_that_of_all_parameters() -> None:
    states = [state(np.array([1.0, 2.0]), -1.0), state(np.array([3.0, 6.0]), -3.0)]
    states[1] = replace(states[1], parameters=replace(states[1].parameters, sigma=3.0))
    found = mean_state(states, FreePrior(Window((1,))))
    assert np.array_equal(found.parameters.x, [2.0, 4.0])
    assert (found.parameters.sigma, found.objective) == (2.0, -2.0)
    assert found.parameters.prior.sum() == pytest.approx(1)


def test_steps_agree_on_the_way_and_not_about_the_goal() -> None:
    rng = np.random.default_rng(0)
    here = state(np.zeros(2))
    straight = [StochasticStep(here, np.array([1.0, 2.0]))] * 6
    assert agreement(straight) == pytest.approx((5 + 4) / 6)
    x, back = np.zeros(50), []
    for _ in range(300):  # each goes half of the way to the origin, and by chance elsewhere
        way = -0.5 * x + 0.1 * rng.standard_normal(50)
        back.append(StochasticStep(here, way))
        x = x + way
    assert agreement(back) < -0.1


def test_levels_only_add_and_drop_the_last_coefficients() -> None:
    space = make_space("ball", 11)
    coarse = space.resolution_levels()[0]
    p = Parameters(np.arange(space.size) + 1.0, np.ones(1), 1.0)
    down = resized(p, coarse)
    assert np.array_equal(down.x, p.x[: coarse.size])
    up = resized(down, space)
    assert np.array_equal(up.x[: coarse.size], down.x)
    assert not up.x[coarse.size :].any()
