"""Frequency marching: from the coarsest level of a space to the last but one."""

from collections.abc import Generator
from dataclasses import replace
from itertools import islice

import numpy as np

from mtdbench.estimators.em.problem import Problem, is_volume, on_the_way, resized
from mtdbench.estimators.em.step import Parameters
from mtdbench.estimators.em.stochastic import ascend
from mtdbench.model.measurement import Estimate

ITERATIONS = 20  # on a level
ROUNDS = 2  # of them on the coarsest level, each begun by a re-centring
FEWEST_PATCHES = 2**12


def march(
    problem: Problem, start: Parameters, rng: np.random.Generator, patches: int
) -> Generator[Estimate, None, Parameters]:
    """Of a volume through the coarser levels, each from where the last one ended; of anything else
    the start.

    A coarser level has fewer poses, and as many fewer patches an iteration: it is cheap, and where
    it stops short the last level has to catch up. On the coarsest, which may be the only one, the
    volume is moved to the middle of the window before each round: all shifts are equally likely a
    priori, and only the rim that is cut off would drive it back.

    Source: Kreymer, Singer, Bendory, *A stochastic approximate expectation-maximization for
    structure determination directly from cryo-EM micrographs*; re-centring is ours.
    """
    if not is_volume(problem.space):
        return start
    parameters, everywhere = start, len(problem.task.poses)
    levels = problem.space.levels()
    for number, level in enumerate(levels[:-1] or levels):
        here = problem.coarser(level)
        share = len(here.task.poses) / everywhere
        count = max(FEWEST_PATCHES, round(share * patches))
        rounds = 1 if number else ROUNDS
        for _ in range(rounds):
            first = resized(parameters, level)
            first = replace(first, x=level.centred(first.x))
            for step in islice(ascend(here, first, rng, count), ITERATIONS // rounds):
                yield on_the_way(step.state, problem, f"marching, level {number + 1}")
            parameters = step.state.parameters
    return resized(parameters, problem.space)
