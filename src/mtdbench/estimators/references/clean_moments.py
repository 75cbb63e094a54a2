"""Autocorrelation analysis of moments without noise: what the first three moments determine."""

from collections.abc import Iterator

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.autocorrelation.autocorrelation import chosen_width, fits
from mtdbench.estimators.autocorrelation.moment_problem import Fitter, Solver
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.autocorrelations import Moments, lags, model
from mtdbench.moments.invariants import design, reduced
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space


def clean_moments(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    truth: np.ndarray,
    starts: int = 10,
    density: float = 0.1,
    width: int | None = None,
    solver: Solver = "auto",
) -> Iterator[Estimate]:
    """Least squares between the moments of the truth and the model's, from several random starts.

    The moments are those of an endless measurement, gamma m(truth); nothing else is taken from the
    truth: the density is unknown to the fit, and the starts are those of `autocorrelation`, which
    know the measurement alone. So this shows what is left of an estimate's error with endless data.

    Options
    -------
    starts : random starts.
    density : gamma, between 0 and 1.
    width, solver : as of `autocorrelation`.
    """
    if starts < 1:
        raise InputError(f"option starts={starts} of clean-moments: expected at least 1")
    if not 1e-3 <= density <= 1:
        raise InputError(f"option density={density} of clean-moments: expected 0.001 to 1")
    space = measurement.space
    problem = fitter(space, density, truth, chosen_width(space, width, "clean-moments"))
    yield from fits(problem, measurement, rng, starts, solver)


def fitter(space: Space, density: float, truth: np.ndarray, width: int) -> Fitter:
    """The least-squares problem of the population moments gamma m(truth), of norm 1."""
    geometry = lags(width, space.ndim_measurement)
    keep = np.ones(geometry.count, dtype=bool)
    if (bispectrum := space.invariants()) is not None:
        groups, matrix = design(bispectrum, width)
        target = density * (matrix @ bispectrum.values(truth))[groups.label]
        moments = Moments(target, np.zeros((0, len(target))))
        implied, weights = reduced(bispectrum, width, moments, keep, "flat")
        return Fitter(space, None, implied, weights / np.linalg.norm(weights @ implied))
    poses, shares = space.quadrature()
    target = density * model(space.project(truth, poses), geometry, np, shares)
    weights = count_weights(geometry, keep)
    return Fitter(space, width, target, weights / np.linalg.norm(weights * target))
