"""Frequency marching: from the coarsest level of a space to the last but one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem, on_the_way, resized
from mtdbench.estimators.em.stochastic import ascend
from mtdbench.spaces import Space

Recentred = Callable[[Space, np.ndarray], np.ndarray]
"""A volume in a space, x, to the same in the middle of its window."""

LEVEL_ITERATIONS = 20  # on a level
LEVEL_ROUNDS = 2  # of them on the coarsest level, each begun by a re-centring
LEVEL_PATCHES = 2**12  # at least


def by_centre_of_mass(space: Space, x: np.ndarray) -> np.ndarray:
    """See `Gauge.recentred`."""
    return space.recentred(x)


@dataclass(frozen=True, slots=True)
class FrequencyMarching:
    """The phase: of a volume through the coarser levels, each from where the last one ended; of
    anything else nothing.

    A coarser level has fewer poses, and as many fewer patches an iteration: it is cheap, and where
    it stops short the last level has to catch up. On the coarsest, which may be the only one, the
    volume is moved to the middle of the window before each round: all shifts are equally likely a
    priori, and only the rim that is cut off would drive it back.

    Attributes
    ----------
    patches : int
        Of an iteration on the last level.
    recentred : Recentred

    Source: Kreymer, Singer, Bendory, *Expectation-maximization for structure determination directly
    from cryo-EM micrographs*, arXiv:2303.02157v2; re-centring is ours.
    """

    patches: int
    recentred: Recentred = by_centre_of_mass

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The volume after the last but one level."""
        if not problem.space.place_is_free:
            return reached
        parameters, everywhere = reached.parameters, len(problem.operator.poses)
        levels = problem.space.resolution_levels()
        for number, level in enumerate(levels[:-1] or levels):
            here = problem.coarser(level)
            share = len(here.operator.poses) / everywhere
            count = max(LEVEL_PATCHES, round(share * self.patches))
            rounds = 1 if number else LEVEL_ROUNDS
            for _ in range(rounds):
                first = resized(parameters, level)
                first = replace(first, x=self.recentred(level, first.x))
                for step in islice(ascend(here, first, rng, count), LEVEL_ITERATIONS // rounds):
                    yield on_the_way(step.state, problem, f"marching, level {number + 1}")
                parameters = step.state.parameters
        return Reached(resized(parameters, problem.space), reached.note)
