"""Stochastic EM: what its steps leave alone, what they average, when they end."""

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from mtdbench.estimators.em.step import Parameters, State, iterate

from mtdbench.estimators.em.problem import make_problem, resized
from mtdbench.estimators.em.stochastic import Step, agreement, ascend, mean
from mtdbench.estimators.random_start import random_start
from mtdbench.spaces import make_space


def state(x: np.ndarray, objective: float = 0.0) -> State:
    return State(Parameters(x, np.full(3, 1 / 3), 1.0), objective, 1, 0.0)


def test_the_maximum_of_the_likelihood_stays_where_it_is(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    start = random_start(signal.measurement, np.random.default_rng(0), problem.views)
    *_, best = islice(iterate(problem.task, start, 8), 200)
    rng, everything = np.random.default_rng(1), len(problem.patches)
    *_, moved = islice(ascend(problem, best.parameters, rng, everything), 10)
    assert np.allclose(moved.state.parameters.x, best.parameters.x, rtol=0, atol=1e-6)


def test_momentum_climbs_faster_than_plain_steps(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    start = random_start(signal.measurement, np.random.default_rng(0), problem.views)
    rng, everything = np.random.default_rng(1), len(problem.patches)
    *_, quick = islice(ascend(problem, start, rng, everything), 30)
    *_, plain = islice(iterate(problem.task, start, 0), 30)
    assert quick.state.objective > plain.objective


def test_every_step_draws_patches_and_turns_the_poses(image: Any) -> None:
    problem = make_problem(image.measurement, 8, "uniform", 1, "double")
    rng = np.random.default_rng(0)
    one, two = (problem.fresh(rng, 50) for _ in range(2))
    assert len(one.source) == len(two.source) == 50
    assert not np.array_equal(one.source.patches.chosen, two.source.patches.chosen)
    assert not np.allclose(one.poses, two.poses)
    assert np.allclose(np.diff(one.poses, axis=0), np.diff(problem.task.poses, axis=0))


def test_the_mean_is_that_of_all_parameters() -> None:
    states = [state(np.array([1.0, 2.0]), -1.0), state(np.array([3.0, 6.0]), -3.0)]
    states[1] = replace(states[1], parameters=replace(states[1].parameters, sigma=3.0))
    found = mean(states)
    assert np.array_equal(found.parameters.x, [2.0, 4.0])
    assert (found.parameters.sigma, found.objective) == (2.0, -2.0)
    assert found.parameters.prior.sum() == pytest.approx(1)


def test_steps_agree_on_the_way_and_not_about_the_goal() -> None:
    rng = np.random.default_rng(0)
    here = state(np.zeros(2))
    straight = [Step(here, np.array([1.0, 2.0]))] * 6
    assert agreement(straight) == pytest.approx((5 + 4) / 6)
    x, back = np.zeros(50), []
    for _ in range(300):  # each goes half of the way to the origin, and by chance elsewhere
        way = -0.5 * x + 0.1 * rng.standard_normal(50)
        back.append(Step(here, way))
        x = x + way
    assert agreement(back) < -0.1


def test_levels_only_add_and_drop_the_last_coefficients() -> None:
    space = make_space("ball", 11)
    coarse = space.levels()[0]
    p = Parameters(np.arange(space.size) + 1.0, np.ones(1), 1.0)
    down = resized(p, coarse)
    assert np.array_equal(down.x, p.x[: coarse.size])
    up = resized(down, space)
    assert np.array_equal(up.x[: coarse.size], down.x)
    assert not up.x[coarse.size :].any()
