"""Shift annealing: stages of EM from few shifts to all, before the first step under the whole
model.
"""

from collections.abc import Generator
from dataclasses import replace
from itertools import islice

import numpy as np

from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.prior import FreePrior
from mtdbench.estimators.em.problem import EMProblem, on_the_way
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.model.measurement import Estimate
from mtdbench.model.shifts import empty_share
from mtdbench.spaces import Window

STAGE_ITERATIONS = 50  # of a stage at most
SETTLED_CHANGE = 1e-5  # relative change at which a stage ends


def few_shifts(window: Window, m: int) -> np.ndarray:
    """A prior over the overlaps, the empty one last, that allows m of the 2L circular shifts of
    each axis, 0 and the nearest below 2Lk/m: all these alike, and no other.
    """
    mask = np.ones(len(window.shifts), dtype=bool)
    for axis, length in enumerate(window.shape):
        allowed = 2 * length * np.arange(m) // m
        mask &= np.isin(window.shifts[:, axis] % (2 * length), allowed)
    empty = empty_share(GUESSED_DENSITY, window)
    return np.append((1 - empty) * mask / mask.sum(), empty)


def anneal(
    problem: EMProblem, operator: EMOperator, start: Parameters
) -> Generator[Estimate, None, Parameters]:
    """The start after stages with m = 2, 4, 8, ... <= L shifts, each from where the last one ended,
    by an operator with all patches of the problem or a part of them.

    A shift whose prior is 0 keeps it in EM with a free prior, so that a stage is such an EM, of
    the overlaps with one copy. The prior of the start comes back as it was.

    Source: Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing
    distribution*.
    """
    window = operator.forward.support
    free = FreePrior(window)
    seen = replace(problem, operator=replace(problem.operator, family=free))
    stage = seen.with_poses(replace(operator, family=free), operator.pose_count)
    stage = replace(stage, poses=operator.poses)
    here, m = start, 2
    while m <= min(window.shape):
        here = replace(here, prior=few_shifts(window, m))
        for state in islice(problem.iterate(stage, here), STAGE_ITERATIONS):
            yield on_the_way(state, seen, f"{m} shifts")
            if state.residual < SETTLED_CHANGE:
                break
        here, m = state.parameters, 2 * m
    return replace(here, prior=start.prior)


def shift_annealing(problem: EMProblem, reached: Reached, rng: np.random.Generator) -> PhaseSteps:
    """The phase: anneal from where the last one ended, on all patches."""
    parameters = yield from anneal(problem, problem.operator, reached.parameters)
    return Reached(parameters, reached.note)
