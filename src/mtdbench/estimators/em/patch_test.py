"""The test against noise alone of an estimate that is not one of patches: by their likelihood, with
the density and the noise that suit its object best.
"""

from dataclasses import dataclass, replace

import numpy as np

from mtdbench.estimators.em.given_start import start_parameters
from mtdbench.estimators.em.held_object import fitted_beside
from mtdbench.estimators.em.null_test import against_noise, tested_part
from mtdbench.estimators.em.phase import Phase, PhaseSteps, Reached, with_last_estimate
from mtdbench.estimators.em.prior import WIDEST_PAIRS, Prior, suggested_prior
from mtdbench.estimators.em.problem import EMProblem, make_problem
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks


def tested_by_patches(
    last: Estimate, measurement: Measurement, rng: np.random.Generator, ranks: Ranks = ONE_RANK
) -> Estimate:
    """An estimate with what the test says of it, see `mtdbench.estimators.em.null_test`. Its object
    is tested as it is. The objective of no object is not known.

    Parameters
    ----------
    last : Estimate
        Of whatever estimator.
    measurement : Measurement
        That it is of.
    rng : numpy.random.Generator
    ranks : Ranks
        Each has its share of the patches.
    """
    problem = make_problem(measurement, None, _prior(measurement), 1, "auto", ranks=ranks)
    operator = tested_part(problem, rng)
    start = start_parameters(problem, _plain(last))
    tested = against_noise(problem, operator, last, fitted_beside(operator, start), 1, rng)
    return replace(tested, objective=last.objective if tested.found else None)


@dataclass(frozen=True, slots=True)
class TestedByPatches:
    """The phase: another one, of a problem of whole signals, whose last estimate is then held
    against noise alone.

    Attributes
    ----------
    phase : Phase
    """

    phase: Phase

    def __call__(
        self, problem: EMProblem, reached: Reached, rng: np.random.Generator
    ) -> PhaseSteps:
        """The estimates of the other phase, and one more."""
        last, reached = yield from with_last_estimate(self.phase(problem, reached, rng))
        if last is None:
            return reached
        tested = tested_by_patches(last, problem.measurement, rng, problem.ranks)
        yield tested
        return Reached(replace(reached.parameters, x=tested.x), tested.note)


def _plain(estimate: Estimate) -> Estimate:
    """Object, density and noise alone, as far as they can be true."""
    density, sigma = (
        float(value) if value is not None and np.isfinite(value) and value > 0 else None
        for value in (estimate.density, estimate.sigma)
    )
    return Estimate(np.asarray(estimate.x, float), density=density, sigma=sigma)


def _prior(measurement: Measurement) -> Prior:
    """The prior of the patches that the spacing suggests, where it can be afforded."""
    space = measurement.space
    wide = space.window.longest > WIDEST_PAIRS
    return "uniform" if wide else suggested_prior(space, measurement.spacing)
