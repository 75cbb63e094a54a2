"""From few shifts to all: stages of EM before the first step under the whole model."""

from collections.abc import Generator
from dataclasses import replace
from itertools import islice

import numpy as np

from mtdbench.estimators.em.prior import empty_share
from mtdbench.estimators.em.problem import Problem, on_the_way
from mtdbench.estimators.em.step import Parameters, Task, iterate
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.model.measurement import Estimate
from mtdbench.model.shifts import views
from mtdbench.spaces import Space

ITERATIONS = 50  # of a stage at most
SETTLED = 1e-5  # relative change at which a stage ends


def coarse_prior(space: Space, m: int) -> np.ndarray:
    """A prior over the views, the empty one last, that allows m of the 2L circular shifts of each
    axis, 0 and the nearest below 2Lk/m: all these alike, and no other.
    """
    length, ndim = space.window, space.ndim_measurement
    allowed = 2 * length * np.arange(m) // m
    mask = np.all(np.isin(views(length, ndim).shifts % (2 * length), allowed), axis=1)
    empty = empty_share(GUESSED_DENSITY, space)
    return np.append((1 - empty) * mask / mask.sum(), empty)


def coarse_to_fine(
    problem: Problem, task: Task, start: Parameters, depth: int
) -> Generator[Estimate, None, Parameters]:
    """The start after stages with m = 2, 4, 8, ... <= L shifts, each from where the last one ended,
    on a task that is a part of the problem.

    A shift whose prior is 0 keeps it in EM with a free prior, so that a stage is such an EM, of
    the views of one copy. The prior of the start comes back as it was.

    Source: Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing
    distribution*.
    """
    seen = replace(problem, task=replace(problem.task, prior="free"))
    here, m = start, 2
    while m <= problem.space.window:
        here = replace(here, prior=coarse_prior(problem.space, m))
        for state in islice(iterate(replace(task, prior="free"), here, depth), ITERATIONS):
            yield on_the_way(state, seen, f"{m} shifts")
            if state.residual < SETTLED:
                break
        here, m = state.parameters, 2 * m
    return replace(here, prior=start.prior)
