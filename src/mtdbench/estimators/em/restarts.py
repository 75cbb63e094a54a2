"""Which of several random starts goes on: a race on a part of the patches."""

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from mtdbench.estimators.em.iteration import EMState
from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem, on_the_way, resized
from mtdbench.estimators.em.shared_runs import StateRow, advanced, owned_runs
from mtdbench.estimators.em.shift_annealing import anneal
from mtdbench.model.measurement import Estimate
from mtdbench.spaces import Space

RACE_LOGITS = 2**22  # of one pass, but it has at least so many patches
RACE_PATCHES = 2**11
RACE_POSES = 8
ROUND = 10  # iterations that each start gets before the worse half is dropped


def default_starts(space: Space, diameter: float | None) -> int:
    """Random starts where nobody asks for a number: few where most end at the same place, which is
    that of volumes, or of images that are centred.
    """
    if space.place_is_free:
        return 3
    return 8 if diameter is None else 4


@dataclass(frozen=True, slots=True)
class Restarts:
    """The phase: the best of several random starts on a part of the patches, and of its shift
    candidates, on the coarsest level of the space.

    All starts run `ROUND` iterations, the worse half is dropped, and so on to the last one. The
    estimates on the way carry no objective: it is not that of the whole measurement. Several ranks
    share the starts, and later the shift candidates, instead of the patches: each is the work of
    one rank, whose result does not depend on how many there are.

    Attributes
    ----------
    count : int
        Random starts.
    annealed : bool
        Whether each has gone through stages with few shifts before.
    """

    count: int
    annealed: bool = False

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The winner of the race, moved as often as that helps."""
        level, operator, draws = self.drawn(problem, rng)
        if self.annealed:
            for number, draw in enumerate(draws):
                draws[number] = yield from anneal(level, operator, draw)
        best = yield from _race(problem, level, operator, draws)
        moves = 0
        while moves < level.space.window.longest:
            rival = _best_move(level, operator, best)
            if rival.objective <= best.objective + 1e-6:
                break
            best, moves = rival, moves + 1
            yield on_the_way(best, problem, "moving the start")
        note = f"best of {self.count} random starts, moved {moves} times"
        return Reached(resized(best.parameters, problem.space), note)

    def drawn(
        self, problem: EMProblem, rng: np.random.Generator
    ) -> tuple[EMProblem, EMOperator, list[Parameters]]:
        """What is drawn before the race: the coarsest level of the problem, an operator on it with
        few patches and poses, and the random starts.
        """
        level, operator = _race_operator(problem, rng)
        starts = [resized(problem.random_start(rng), level.space) for _ in range(self.count)]
        return level, operator, starts


def _race_operator(problem: EMProblem, rng: np.random.Generator) -> tuple[EMProblem, EMOperator]:
    """The coarsest level of the problem, and an operator on it with few patches and poses."""
    level = problem.coarser(problem.space.resolution_levels()[0])
    poses = level.operator.pose_count
    if not problem.space.place_is_free:  # an image rotates in few steps
        poses = min(poses, RACE_POSES)
    summed = poses * len(level.operator.forward.grid_fractions)
    patches = max(RACE_PATCHES, RACE_LOGITS // (problem.operator.family.count * summed))
    alone = level.alone
    return level, alone.with_poses(alone.part(rng, patches), poses)


def _race(
    problem: EMProblem, level: EMProblem, operator: EMOperator, draws: list[Parameters]
) -> Generator[Estimate, None, EMState]:
    """The last one left when the worse half is dropped round by round."""
    ranks, row = problem.ranks, StateRow(level.space.size, operator.family.count)
    runs = owned_runs(ranks, (level.iterate(operator, start) for start in draws))
    while True:
        states = advanced(ranks, row, runs, ROUND)
        order = np.argsort([-state.objective for state in states])
        best = states[order[0]]
        yield on_the_way(best, problem, "choosing a start")
        runs = [runs[i] for i in order[: len(runs) // 2]]
        if not runs:
            return best


def _best_move(level: EMProblem, operator: EMOperator, best: EMState) -> EMState:
    """The likeliest of the shift candidates of a state, after half a round each."""
    ranks, row = level.ranks, StateRow(level.space.size, operator.family.count)
    starts = (
        replace(best.parameters, x=x) for x in level.space.shift_candidates(best.parameters.x)
    )
    runs = owned_runs(ranks, (level.iterate(operator, start) for start in starts))
    moved = advanced(ranks, row, runs, ROUND // 2)
    return max(moved, key=lambda state: state.objective)
