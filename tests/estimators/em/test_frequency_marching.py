"""Frequency marching: volumes through the coarser levels of their space."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.frequency_marching import FrequencyMarching
from mtdbench.estimators.em.phase import Reached
from mtdbench.estimators.em.problem import make_problem
from mtdbench.spaces.volume.volume import Ball


def test_volumes_are_found_by_marching(simulate: Callable[..., Any]) -> None:
    """From a random start through the levels of the ball, on bright data."""
    space = Ball(7, 5, "auto", coarsest=3)
    assert [level.degree for level in space.resolution_levels()] == [3, 5]
    data = simulate(space, 210, 20.0, 0.12, 0)
    options = {"poses": 120, "n_init": 2, "iterations": 6}
    estimates = list(em(data.measurement, np.random.default_rng(0), **options))
    assert data.error(estimates[-1].x) < 0.3
    assert {e.note for e in estimates} >= {"marching, level 1"}
    assert all(e.objective is None for e in estimates if e.note.startswith("marching"))
    assert all(e.x.shape == (space.size,) for e in estimates)


def test_signals_and_images_do_not_march(data: Any) -> None:
    problem = make_problem(data.measurement, 8, "uniform", 1, "double")
    before = Reached(problem.random_start(np.random.default_rng(0)), "before")
    with pytest.raises(StopIteration) as ended:
        next(FrequencyMarching(100)(problem, before, np.random.default_rng(0)))
    assert ended.value.value is before
