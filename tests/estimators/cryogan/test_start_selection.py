"""Which start goes on, told by the characteristic function alone."""

from typing import Any

import numpy as np

from mtdbench.estimators.characteristic.characteristic_problem import CharacteristicProblem
from mtdbench.estimators.cryogan.start_selection import best_translate
from mtdbench.model.measurement import Estimate


def test_a_start_in_the_wrong_place_is_moved(signal: Any) -> None:
    """Told by the characteristic function alone."""
    measurement, truth = signal.measurement, signal.truth
    problem = CharacteristicProblem(measurement, measurement.sigma, 1, 2**18)
    fit = problem.at(problem.scattered(np.random.default_rng(0), 100, truth))
    moved = signal.space.translate(truth, (-1,))
    at = Estimate(moved, density=0.2, sigma=measurement.sigma)
    assert signal.error(best_translate(problem, fit, at)) < 0.5 * signal.error(moved)
