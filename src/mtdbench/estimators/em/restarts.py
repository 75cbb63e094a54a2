"""Which of several random starts goes on: a race on a part of the patches."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from mtdbench.estimators.em.problem import Problem, is_volume, on_the_way, resized
from mtdbench.estimators.em.shift_annealing import coarse_to_fine
from mtdbench.estimators.em.step import Parameters, State, iterate
from mtdbench.model.measurement import Estimate, Measurement

LOGITS = 2**22  # of one pass, but it has at least so many patches
PATCHES = 2**11
POSES = 8
ROUND = 10  # iterations that each start gets before the worse half is dropped


def pilot(
    problem: Problem,
    measurement: Measurement,
    rng: np.random.Generator,
    starts: int,
    depth: int,
    coarse: bool = False,
) -> Generator[Estimate, None, tuple[Parameters, str]]:
    """The best of several random starts on a part of the patches, and of its translates, on the
    coarsest level of the space.

    All starts run `ROUND` iterations, the worse half is dropped, and so on to the last one. Where
    `coarse` is set each has gone through stages with few shifts before. The estimates on the way
    carry no objective: it is not that of the whole measurement.
    """
    full = problem.space
    level = problem.coarser(full.levels()[0])
    poses = len(level.task.poses)
    if not is_volume(full):  # an image turns in few steps
        poses = min(poses, POSES)
    count = max(PATCHES, LOGITS // (problem.views * poses))
    space = level.space
    task = replace(level.part(rng, count), poses=space.poses(poses))
    draws = [resized(problem.random_start(measurement, rng), space) for _ in range(starts)]
    if coarse:
        for number, draw in enumerate(draws):
            draws[number] = yield from coarse_to_fine(problem, task, draw, depth)
    runs = [iterate(task, start, depth) for start in draws]
    best = None
    while runs:
        states = [_advance(run) for run in runs]
        order = np.argsort([-state.objective for state in states])
        best = states[order[0]]
        yield on_the_way(best, problem, "choosing a start")
        runs = [runs[i] for i in order[: len(runs) // 2]]
    assert best is not None
    moves = 0
    while moves < space.window:
        moved = [
            _advance(iterate(task, replace(best.parameters, x=x), depth), ROUND // 2)
            for x in space.translates(best.parameters.x)
        ]
        rival = max(moved, key=lambda state: state.objective)
        if rival.objective <= best.objective + 1e-6:
            break
        best, moves = rival, moves + 1
        yield on_the_way(best, problem, "moving the start")
    return resized(best.parameters, full), f"best of {starts} random starts, moved {moves} times"


def _advance(run: Iterator[State], count: int = ROUND) -> State:
    """The state after `count` more iterations."""
    *_, state = islice(run, count)
    return state
