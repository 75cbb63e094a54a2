"""The race of several random starts."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.operator import loglik_per_patch
from mtdbench.estimators.em.phase import Reached
from mtdbench.estimators.em.problem import EMProblem, make_problem
from mtdbench.estimators.em.restarts import ROUND, Restarts
from mtdbench.model.measurement import Estimate


def raced(problem: EMProblem, count: int, annealed: bool = False) -> tuple[list[Estimate], Reached]:
    """The estimates on the way, and where the race ended."""
    phase, estimates = Restarts(count, annealed), []
    steps = phase(problem, Reached(problem.nothing, ""), np.random.default_rng(0))
    while True:
        try:
            estimates.append(next(steps))
        except StopIteration as ended:
            return estimates, ended.value


@pytest.mark.parametrize("count", [2, 5])
def test_the_winner_is_likelier_than_every_start_after_a_round(data: Any, count: int) -> None:
    problem = make_problem(data.measurement, 8, "uniform", 1, "double")
    _, ended = raced(problem, count)
    level, operator, starts = Restarts(count).drawn(problem, np.random.default_rng(0))
    assert len(starts) == count
    best = loglik_per_patch(operator.expectation(ended.parameters))
    for start in starts:
        *_, state = islice(level.iterate(operator, start), ROUND)
        assert best >= state.objective


@pytest.mark.parametrize("count", [1, 4])
def test_estimates_of_a_part_of_the_patches_carry_no_objective(signal: Any, count: int) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    estimates, ended = raced(problem, count)
    assert estimates
    assert all(estimate.objective is None for estimate in estimates)
    moves = sum(estimate.note == "moving the start" for estimate in estimates)
    assert ended.note == f"best of {count} random starts, moved {moves} times"


def test_annealed_starts_pass_through_few_shifts(signal: Any) -> None:
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    notes = [estimate.note for estimate in raced(problem, 3, annealed=True)[0]]
    assert sum(a != b == "2 shifts" for a, b in zip(["", *notes], notes, strict=False)) == 3
    assert notes.index("4 shifts") < notes.index("choosing a start")
