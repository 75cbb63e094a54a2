"""The density and the noise that suit an object, which stays as it is."""

import numpy as np

from mtdbench.estimators.em.operator import EMOperator, Parameters
from mtdbench.likelihood.e_step import Statistics

FITTED_ROUNDS = 5


def fitted_beside(
    operator: EMOperator, start: Parameters, rounds: int = FITTED_ROUNDS
) -> Parameters:
    """EM of the prior, and of sigma if it is not known, with x held."""
    p = start
    for _ in range(rounds):
        statistics = operator.expectation(p)
        sigma = _noise_left(operator, statistics, p.x) if operator.learn_sigma else p.sigma
        p = Parameters(p.x, operator.fitted_prior(statistics), sigma)
    return p


def _noise_left(
    operator: EMOperator, statistics: list[tuple[int, Statistics]], x: np.ndarray
) -> float:
    """sigma, with N samples and the statistics E, B_g, M_g of an E-step,

    sigma^2 = (E + sum_g (<M_g, I_g^2> - 2 <B_g, I_g>)) / N,    I_g = A P_g x.
    """
    left = 0.0
    for group, s in statistics:
        shown = operator.forward.project(x, operator.poses, group).reshape(s.images.shape)
        left += s.energy + float(np.sum((s.visibility * shown - 2 * s.images) * shown))
    return float(np.sqrt(left / sum(s.samples for _, s in statistics)))
