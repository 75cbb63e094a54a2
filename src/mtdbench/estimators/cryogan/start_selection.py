"""Which of several starts of CryoGAN goes on, told without a likelihood."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from mtdbench.estimators.characteristic.characteristic_problem import CharacteristicProblem
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.estimators.cryogan.training import State
from mtdbench.estimators.cryogan.window_data import Arena
from mtdbench.model.measurement import Estimate

WARMUP = 100  # steps of the critic alone, before a start's first
PART = 4  # of a batch, in the race
STEPS = 200  # of each start
FREQUENCIES = 150  # that starts are ranked by
WINDOWS = 2**18


def race(
    arena: Arena, states: list[State], rates: np.ndarray, batch: int
) -> Generator[Estimate, None, State]:
    """The start whose windows come closest to the measurement's, moved where that helps.

    Each start plays a while with small batches. They are ranked, as are their translates, by how
    well their characteristic function agrees with the measured one.
    """
    space, measurement = arena.game.space, arena.measurement
    matching = CharacteristicProblem(measurement, arena.unit, space.default_poses, WINDOWS)
    x = arena.scale * np.asarray(states[0].object.x, float)
    fit = matching.at(matching.scattered(arena.rng, FREQUENCIES, x))
    best: tuple[float, State, Estimate] | None = None
    for state in states:
        *_, last = played = list(arena.play(state, rates, max(1, batch // PART)))
        reached = arena.estimate([path for _, path in played], "choosing a start")
        cost = matching.cost(fit, reached)
        if best is None or cost < best[0]:
            best = cost, last[0], reached
        yield best[2]
    assert best is not None
    x = _moved(matching, fit, best[2])
    thing = best[1].object._replace(x=np.asarray(x / arena.scale, np.float32))
    return best[1]._replace(object=thing)


def _moved(
    matching: CharacteristicProblem, fit: CharacteristicResiduals, estimate: Estimate
) -> np.ndarray:
    """The best translate of an estimate, as long as there is a better one."""
    space = matching.measurement.space
    cost = matching.cost(fit, estimate)
    for _ in range(space.window.longest):
        rivals = [replace(estimate, x=x) for x in space.shift_candidates(estimate.x)]
        costs = [matching.cost(fit, rival) for rival in rivals]
        if min(costs) >= cost:
            break
        cost, estimate = min(costs), rivals[int(np.argmin(costs))]
    return estimate.x
