"""Autocorrelation analysis of moments without noise: what the first three moments determine."""

from collections.abc import Iterator

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.autocorrelation.lag_box import chosen_box
from mtdbench.estimators.autocorrelation.moment_cost import moment_fit_operations
from mtdbench.estimators.autocorrelation.moment_fits import fit_from_starts
from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.autocorrelation.moment_solvers import MOMENT_SOLVERS, MomentSolver
from mtdbench.estimators.declaration import declare
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.autocorrelations import Moments, lags, model_moments
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.invariants import design, reduced
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Window


@declare(cost=moment_fit_operations, is_reference=False, renamed={"starts": "n_init"})
def clean_moments(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    truth: np.ndarray,
    n_init: int = 10,
    density: float = 0.1,
    width: int | None = None,
    solver: MomentSolver = "auto",
) -> Iterator[Estimate]:
    """Least squares between the moments of the truth and the model's, from several random starts.

    The moments are those of an endless measurement, gamma m(truth); nothing else is taken from the
    truth: the density is unknown to the fit, and the starts are those of `autocorrelation`, which
    know the measurement alone. So this shows what is left of an estimate's error with endless data.

    Options
    -------
    n_init : random starts.
    density : gamma, between 0 and 1.
    width, solver : as of `autocorrelation`.
    """
    if n_init < 1:
        raise InputError(f"option n_init={n_init} of clean-moments: expected at least 1")
    if not 1e-3 <= density <= 1:
        raise InputError(f"option density={density} of clean-moments: expected 0.001 to 1")
    box = chosen_box(measurement.space, width, "clean-moments")
    problem = clean_problem(measurement.forward, density, truth, box)
    yield from fit_from_starts(problem, measurement, rng, n_init, MOMENT_SOLVERS[solver])


def clean_problem(
    forward: ForwardModel, density: float, truth: np.ndarray, box: Window
) -> MomentProblem:
    """The least-squares problem of the population moments gamma m(truth), of norm 1."""
    geometry = lags(box)
    keep = np.ones(geometry.count, dtype=bool)
    if (bispectrum := rotation_invariants(forward.space)) is not None:
        groups, matrix = design(bispectrum, box)
        target = density * (matrix @ bispectrum.values(truth))[groups.label]
        moments = Moments(target, np.zeros((0, len(target))))
        implied, weights = reduced(bispectrum, box, moments, keep, "flat")
        return MomentProblem(forward, None, implied, weights / np.linalg.norm(weights @ implied))
    poses, shares = forward.space.quadrature()
    templates = forward.project(truth, poses)
    shares = forward.spread * shares  # the density counts windows of the space
    target = density * model_moments(templates, geometry, forward.support, np, shares)
    weights = count_weights(geometry, keep)
    return MomentProblem(forward, box, target, weights / np.linalg.norm(weights * target))
