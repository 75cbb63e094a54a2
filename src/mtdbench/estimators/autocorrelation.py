"""Autocorrelation analysis: the object whose first three moments are those of the measurement."""

from collections.abc import Iterator

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.checks import at_least, well_separated
from mtdbench.estimators.em_starts import GUESSED_DENSITY, random_start
from mtdbench.estimators.moment_fit import Fitter, Solver
from mtdbench.estimators.reduction import reduced
from mtdbench.estimators.weights import Weights, count_weights, covariance_weights, variance_weights
from mtdbench.kernels.moments import Moments, lags, measured, noise_bias
from mtdbench.measurement import Estimate, Measurement
from mtdbench.spaces import Space

MOST_MOMENTS = 4000
MOST_REDUCED = 10000  # where they are reduced to invariants before the fit
MOST_COVARIANCE = 1500  # moments up to which their covariance is inverted
FEWEST_TILES = 8  # of a measurement, for their scatter to say anything


def autocorrelation(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    starts: int = 10,
    weights: Weights = "covariance",
    width: int | None = None,
    solver: Solver = "auto",
) -> Iterator[Estimate]:
    """Least squares between measured and model moments, from several random starts.

    Each start yields the best fit so far; the last estimate is the best of all. Where sigma is
    not known, the moments that noise biases are left out. Those of volumes are reduced to the
    invariants that they are linear in, see `mtdbench.estimators.reduction`.

    Options
    -------
    starts : random starts.
    weights : "covariance" (the inverse covariance of the measured moments, only their variances
        where there are very many) or "count" (1/number of moments of each order, as in the papers).
    width : only lags shorter than this; None takes all, or as many as keep the fit affordable.
    solver : "scipy" (least squares), "lbfgs" (quasi-Newton), "pymanopt" (trust region on
        R^n x (0, inf)), or "auto", the first or, for many coefficients, the second.

    Source: Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with application to
    cryo-electron microscopy* (1-D); Kreymer, Bendory, *Two-dimensional multi-target detection: an
    autocorrelation analysis approach* (2-D); Bendory et al., *Toward single particle reconstruction
    without particle picking: breaking the detection limit* (3-D).
    """
    at_least("autocorrelation", 1, starts=starts)
    well_separated("autocorrelation", measurement)
    space = measurement.space
    problem = fitter(measurement, chosen_width(space, width, "autocorrelation"), weights)
    yield from fits(problem, measurement, rng, starts, solver)


def fits(
    problem: Fitter,
    measurement: Measurement,
    rng: np.random.Generator,
    starts: int,
    solver: Solver,
) -> Iterator[Estimate]:
    """The best fit so far after each of the random starts, which know the measurement alone."""
    best = None
    what = "moments" if problem.width else "invariants of the moments"
    for tried in range(1, starts + 1):
        this = problem.solve(solver, random_start(measurement, rng, 2).x, GUESSED_DENSITY)
        if best is None or this.cost < best.cost:
            best = this
        yield Estimate(
            best.x,
            density=best.density,
            objective=best.cost,
            iterations=tried,
            converged=best.converged,
            note=f"best of {tried} random starts, {problem.target.size} {what}",
        )


def chosen_width(space: Space, width: int | None, method: str) -> int:
    """The width that an option names, or the largest up to the window that is affordable."""
    if width is None:
        width, ndim = space.window, space.ndim_measurement
        most = MOST_MOMENTS if space.invariants() is None else MOST_REDUCED
        while width > 2 and lags(width, ndim).count > most:
            width -= 1
    if not 2 <= width <= space.window:
        raise InputError(
            f"option width={width} of {method}: expected 2 to {space.window}, the window"
        )
    return width


def fitter(measurement: Measurement, width: int, weights: Weights) -> Fitter:
    """The least-squares problem of a measurement: its moments, debiased, and their weights."""
    space = measurement.space
    geometry = lags(width, space.ndim_measurement)
    moments = measured(measurement.samples, width, space.ndim_measurement)
    sigma, target = measurement.sigma, moments.values
    keep = geometry.unbiased if sigma is None else np.ones(geometry.count, dtype=bool)
    if sigma is not None:
        target = target - noise_bias(sigma, target[0], geometry)
    if len(moments.tiles) < FEWEST_TILES:
        weights = "count"
    if (bispectrum := space.invariants()) is not None:
        debiased = Moments(target, moments.tiles)
        return Fitter(space, None, *reduced(bispectrum, width, debiased, keep, weights))
    if weights == "count":
        return Fitter(space, width, target, count_weights(geometry, keep))
    if geometry.count > MOST_COVARIANCE:
        return Fitter(space, width, target, variance_weights(moments, keep))
    return Fitter(space, width, target, covariance_weights(moments, keep))
