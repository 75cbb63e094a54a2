"""EM as phases, each of which goes on from where the last one ended."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.model.measurement import Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Where a phase ended: the parameters, and what has led to them, in words."""

    parameters: Parameters
    note: str


PhaseSteps = Generator[Estimate, None, Reached]
"""The estimates on the way through a phase, and where it ends."""

Phase = Callable[[EMProblem, Reached, np.random.Generator], PhaseSteps]
"""A phase of EM: what to work on, where the last phase ended, the stream of random numbers."""


def run_phases(problem: EMProblem, phases: Iterable[Phase], rng: np.random.Generator) -> PhaseSteps:
    """The estimates of all phases, each of which goes on from where the last one ended."""
    reached = Reached(problem.nothing, "")
    for phase in phases:
        reached = yield from phase(problem, reached, rng)
    return reached


def with_last_estimate(
    steps: PhaseSteps,
) -> Generator[Estimate, None, tuple[Estimate | None, Reached]]:
    """The estimates on the way through a phase; then the last of them, None if there was none, and
    where it ended.
    """
    last: Estimate | None = None
    while True:
        try:
            last = next(steps)
        except StopIteration as end:
            return last, end.value
        yield last


def one_random_start(problem: EMProblem, reached: Reached, rng: np.random.Generator) -> PhaseSteps:
    """The phase: one random start, as it is."""
    yield from ()
    return Reached(problem.random_start(rng), "1 random start")
