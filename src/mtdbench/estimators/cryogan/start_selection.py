"""Which of several starts of CryoGAN goes on, told without a likelihood."""

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from mtdbench.estimators.characteristic.characteristic_problem import CharacteristicProblem
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.estimators.cryogan.training import TrainingState
from mtdbench.estimators.cryogan.window_data import WindowData
from mtdbench.model.measurement import Estimate

SELECTION_BATCHES = 4  # of the selection make one of the training
WARMUP_STEPS = 100  # of the critic alone, before anything else
SELECTION_STEPS = 200  # of each start
SELECTION_FREQUENCIES = 150  # that starts are ranked by
SELECTION_WINDOWS = 2**18


def select_start(
    data: WindowData, states: list[TrainingState], rates: np.ndarray, batch: int
) -> Generator[Estimate, None, TrainingState]:
    """The start whose windows come closest to the measurement's, moved where that helps.

    Each start is trained a while with small batches. They are ranked, as are their shift
    candidates, by how well their characteristic function agrees with the measured one.
    """
    measurement = data.measurement
    poses = measurement.space.default_poses
    problem = CharacteristicProblem(measurement, data.noise_scale, poses, SELECTION_WINDOWS)
    x = data.scale * np.asarray(states[0].params.x, float)
    fit = problem.at(problem.scattered(data.rng, SELECTION_FREQUENCIES, x))
    best: tuple[float, TrainingState, Estimate] | None = None
    for state in states:
        trained = list(data.train(state, rates, max(1, batch // SELECTION_BATCHES)))
        reached = data.estimate([path for _, path in trained], "choosing a start")
        cost = problem.cost(fit, reached)
        if best is None or cost < best[0]:
            best = cost, trained[-1][0], reached
        yield best[2]
    assert best is not None
    x = best_translate(problem, fit, best[2])
    params = best[1].params._replace(x=np.asarray(x / data.scale, np.float32))
    return best[1]._replace(params=params)


def best_translate(
    problem: CharacteristicProblem, fit: CharacteristicResiduals, estimate: Estimate
) -> np.ndarray:
    """x of an estimate, moved to the best of its shift candidates as long as one is better."""
    space = problem.measurement.space
    cost = problem.cost(fit, estimate)
    for _ in range(space.window.longest):
        rivals = [replace(estimate, x=x) for x in space.shift_candidates(estimate.x)]
        costs = [problem.cost(fit, rival) for rival in rivals]
        if min(costs) >= cost:
            break
        cost, estimate = min(costs), rivals[int(np.argmin(costs))]
    return estimate.x
