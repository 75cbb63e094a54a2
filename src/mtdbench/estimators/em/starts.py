"""Phases that EM begins with: one random start, or what another estimator or a file gives."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.declaration import privileged_inputs
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.phase import PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.estimators.registry import load, names
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Estimate, Measurement


def one_random_start(problem: EMProblem, reached: Reached, rng: np.random.Generator) -> PhaseSteps:
    """The phase: one random start, as it is."""
    yield from ()
    return Reached(problem.random_start(rng), "1 random start")


@dataclass(frozen=True, slots=True)
class Given:
    """The phase: a start that the user wants.

    Attributes
    ----------
    init : str
        The name of an estimator, whose last estimate is the start, or where coefficients are: a
        `.npy` file, a `truth.npz`, or a folder that `mtdbench estimate` wrote.
    """

    init: str

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The start, after the other estimator's estimates, if it is one."""
        measurement = problem.measurement
        if self.init not in names() and (Path(self.init).suffix or Path(self.init).is_dir()):
            last = Estimate(read_coefficients(Path(self.init), problem.space))
        else:
            last = yield from _borrowed(self.init, measurement, rng)
        prior = last.prior
        if prior is None or len(prior) != problem.operator.family.count:
            density = GUESSED_DENSITY if last.density is None else last.density
            prior = problem.prior(density)
        sigma = measurement.sigma or last.sigma or float(np.std(measurement.samples))
        return Reached(Parameters(last.x, prior, sigma), f"started from {self.init}")


def _borrowed(
    name: str, measurement: Measurement, rng: np.random.Generator
) -> Generator[Estimate, None, Estimate]:
    """The last estimate of another estimator."""
    estimator, last = load(name), None
    if privileged_inputs(estimator):
        raise InputError(f"option init='{name}' of em: expected an estimator that is told nothing")
    for last in estimator(measurement, rng):
        yield replace(last, objective=None, converged=False, iterations=0)
    if last is None:
        raise ValueError(f"'{name}' gave no estimate to start from")
    return last
