"""Phases that begin EM where the user says: what another estimator or a file gives."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.declaration import Estimator, privileged_inputs
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.phase import Phase, PhaseSteps, Reached
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.estimators.registry import load, names
from mtdbench.estimators.sharing import SHARING, shares_work
from mtdbench.files import is_folder
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Estimate


def given_start(init: str) -> Phase:
    """The phase for a start that has a name.

    Parameters
    ----------
    init : str
        The name of an estimator, whose last estimate is the start, or where coefficients are: a
        `.npy` file, a `truth.npz`, or a folder that `mtdbench estimate` wrote.

    Raises
    ------
    InputError
        If there is no such estimator, or it is told more than the measurement.
    """
    if init not in names() and (Path(init).suffix or is_folder(Path(init))):
        return FromFile(init)
    estimator = load(init)
    if privileged_inputs(estimator):
        raise InputError(f"option init='{init}' of em: expected an estimator that is told nothing")
    return FromEstimator(init, estimator)


@dataclass(frozen=True, slots=True)
class FromFile:
    """The phase: coefficients in a file.

    Attributes
    ----------
    path : str
        As the user wrote it.
    """

    path: str

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The parameters with these coefficients; no estimate on the way."""
        yield from ()
        estimate = Estimate(read_coefficients(Path(self.path), problem.space))
        return Reached(start_parameters(problem, estimate), f"started from {self.path}")


@dataclass(frozen=True, slots=True)
class FromEstimator:
    """The phase: the last estimate of another estimator.

    Attributes
    ----------
    name : str
        That it is known by.
    estimator : Estimator
    """

    name: str
    estimator: Estimator

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The parameters of the last estimate; all estimates on the way, without an objective."""
        last: Estimate | None = None
        shared = {SHARING: problem.ranks} if shares_work(self.estimator) else {}
        for last in self.estimator(problem.measurement, rng, **shared):
            yield replace(last, objective=None, converged=False, iterations=0)
        if last is None:
            raise ValueError(f"'{self.name}' gave no estimate to start from")
        return Reached(start_parameters(problem, last), f"started from {self.name}")


def start_parameters(problem: EMProblem, estimate: Estimate) -> Parameters:
    """EM's parameters from an estimate: its prior if it fits, else that of its density; the sigma
    of the measurement if it is known, else the estimate's, else a bound from above.
    """
    prior, measurement = estimate.prior, problem.measurement
    if prior is None or len(prior) != problem.operator.family.count:
        density = GUESSED_DENSITY if estimate.density is None else estimate.density
        prior = problem.prior(density)
    sigma = measurement.sigma or estimate.sigma
    if not sigma:
        samples = measurement.samples
        sigma = float(problem.ranks.from_first(lambda: np.asarray(np.std(samples))))
    return Parameters(estimate.x, prior, sigma)
