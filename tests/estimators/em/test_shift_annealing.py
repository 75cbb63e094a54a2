"""Stages of EM with few shifts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.em.shift_annealing import anneal, few_shifts
from mtdbench.spaces import Window, make_space


def test_a_stage_allows_evenly_spaced_shifts() -> None:
    """Of the 2L circular ones, one of which shows nothing."""
    window = Window((8,))
    shifts = np.arange(-7, 8)
    for m, expected in ((2, [0]), (4, [-4, 0, 4]), (8, [-6, -4, -2, 0, 2, 4, 6])):
        prior = few_shifts(window, m)
        assert shifts[prior[:-1] > 0].tolist() == expected
        assert np.ptp(prior[:-1][prior[:-1] > 0]) == 0
        assert prior.sum() == pytest.approx(1)
    assert np.all(few_shifts(window, 16) > 0)
    image = few_shifts(Window((3, 3)), 2)
    assert np.flatnonzero(image).tolist() == [12, 25]


def test_it_goes_in_every_space(image: Any, simulate: Callable[..., Any]) -> None:
    volume = simulate(make_space("ball", 5, "degree:2"), 60, 20.0, 0.12, 0)
    for data in (image, volume):
        options: dict[str, Any] = {
            "poses": 8,
            "n_init": 2,
            "shift_annealing": True,
            "iterations": 5,
        }
        estimates = list(em(data.measurement, np.random.default_rng(0), **options))
        assert {e.note for e in estimates} >= {"2 shifts", "4 shifts"}
        assert all(e.x.shape == (data.space.size,) for e in estimates)
    options = {"poses": 8, "n_init": 2, "shift_annealing": True}
    *_, found = em(image.measurement, np.random.default_rng(0), **options)
    assert image.error(found.x) < 0.08


@pytest.mark.parametrize("prior", ["uniform", "pairs"])
def test_the_shifts_double_and_the_prior_comes_back(signal: Any, prior: Any) -> None:
    problem = make_problem(signal.measurement, None, prior, 1, "double")
    start = problem.random_start(np.random.default_rng(0))
    stages = anneal(problem, problem.operator, start)
    seen: dict[str, int] = {}
    while True:
        try:
            estimate = next(stages)
        except StopIteration as stop:
            found = stop.value
            break
        assert estimate.objective is None
        seen[estimate.note] = int(np.sum(estimate.prior[:-1] > 0))
    assert seen == {"2 shifts": 1, "4 shifts": 3}
    assert np.array_equal(found.prior, start.prior)
    assert np.linalg.norm(found.x - start.x) > 0.1 * np.linalg.norm(start.x)


def test_windows_with_unequal_sides_are_annealed_too() -> None:
    """Along each axis evenly spaced shifts of its own."""
    window = Window((8, 4))
    allowed = window.shifts[few_shifts(window, 4)[:-1] > 0]
    assert np.unique(allowed[:, 0]).tolist() == [-4, 0, 4]
    assert np.unique(allowed[:, 1]).tolist() == [-2, 0, 2]
    assert len(allowed) == 9
