"""Autocorrelation analysis: the object whose first three moments are those of the measurement."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.autocorrelation.lag_box import chosen_box
from mtdbench.estimators.autocorrelation.moment_cost import autocorrelation_operations
from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem, Solver
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import at_least, well_separated
from mtdbench.estimators.random_start import GUESSED_DENSITY, random_start
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.autocorrelations import Moments, lags, measured_moments, noise_bias
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.invariants import reduced
from mtdbench.moments.neighbour_terms import neighbour_geometry
from mtdbench.moments.weights import (
    CORRELATION_SPREAD,
    FEWEST_TILES,
    MOST_COVARIANCE,
    Weights,
    count_weights,
    covariance_weights,
    published_weights,
    variance_weights,
    weighted_scatter,
)
from mtdbench.numerics.least_squares import LeastSquaresResult
from mtdbench.spaces import Window

SAME = 1e-6  # of a cost: fits that differ by less are of one minimum


@declare(cost=autocorrelation_operations)
def autocorrelation(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    n_init: int = 10,
    weights: Weights = "covariance",
    width: int | None = None,
    solver: Solver = "auto",
    tolerance: float = 1e-5,
) -> Iterator[Estimate]:
    """Least squares between measured and model moments, from several random starts.

    Each start yields the best fit so far; the last estimate is the best of all. Where sigma is
    not known, the moments that noise biases are left out. Those of volumes are reduced to the
    invariants that they are linear in, see `mtdbench.moments.invariants`.

    Under arbitrary spacing (signals and images) neighbours add to the moments, and how often copies
    lie at each displacement from each other, xi, is fitted together with the object and the
    density, as in 1-D in the paper; see `mtdbench.moments.neighbour_terms`. The 2-D paper
    alternates between the object and the separation functions, of pairs and of triplets.

    Options
    -------
    n_init : random starts.
    weights : "covariance" (the inverse covariance of the measured moments, only their variances
        where there are very many), "count" (1/number of moments of each order, as in the papers) or
        "published" (that of [EM2] for signals and images: lags without a negative part only).
    width : only lags shorter than this; None takes all, or as many as keep the fit affordable.
    solver : "scipy" (least squares), "lbfgs" (quasi-Newton), "pymanopt" (trust region on
        R^n x (0, inf)), "bfgs" (SciPy's dense BFGS, the solver of [EM2]), or "auto", the first or,
        for many coefficients, the second and then the first.
    tolerance : the largest entry of the gradient at which "bfgs" stops. With SciPy's default, 1e-5,
        it stops early, because moments and so the cost are small; the code of [EM2] asks for 1e-15.

    Raises
    ------
    InputError
        If an option is out of its range, or copies of volumes are not well separated.

    Source: Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with application to
    cryo-electron microscopy* (1-D); Lan, Bendory, Boumal, Singer, *Multi-target detection with an
    arbitrary spacing distribution* (1-D); Kreymer, Bendory, *Two-dimensional multi-target
    detection: an autocorrelation analysis approach* (2-D); Bendory et al., *Toward single particle
    reconstruction without particle picking: breaking the detection limit* (3-D).
    """
    at_least("autocorrelation", 1, n_init=n_init)
    at_least("autocorrelation", 0, tolerance=tolerance)
    space = measurement.space
    if rotation_invariants(space) is not None:
        well_separated(f"autocorrelation of space '{space.name}'", measurement)
        if weights == "published":
            raise InputError(
                f"option weights='published' of autocorrelation for space '{space.name}':"
                " expected 'covariance' or 'count'"
            )
    problem = moment_problem(measurement, chosen_box(space, width, "autocorrelation"), weights)
    problem = replace(problem, tolerance=tolerance)
    yield from fit_from_starts(problem, measurement, rng, n_init, solver)


def fit_from_starts(
    problem: MomentProblem,
    measurement: Measurement,
    rng: np.random.Generator,
    n_init: int,
    solver: Solver,
) -> Iterator[Estimate]:
    """The best fit so far after each of the random starts, which know the measurement alone."""
    best = None
    what = "moments" if problem.box else "invariants of the moments"
    for tried in range(1, n_init + 1):
        this = problem.solve(solver, random_start(measurement, rng).x, GUESSED_DENSITY)
        if best is None or better(this, best):
            best = this
        yield Estimate(
            best.x,
            density=best.density,
            objective=best.cost,
            iterations=tried,
            pairs=separations_of(problem, best),
            converged=best.converged,
            note=f"best of {tried} random starts, {problem.target.size} {what}",
        )


def better(this: LeastSquaresResult, best: LeastSquaresResult) -> bool:
    """Whether a fit takes the place of the best so far: at the same minimum, where the optimiser
    met its tolerance.
    """
    if abs(this.cost - best.cost) <= SAME * best.cost:
        return this.converged and not best.converged
    return this.cost < best.cost


def separations_of(problem: MomentProblem, found: LeastSquaresResult) -> np.ndarray | None:
    """xi = gamma h / L^d at each of the displacements, h = 1 where no lag reaches; None where the
    copies are well separated.
    """
    if problem.ridge is None or problem.box is None:
        return None
    window = problem.space.window
    known = neighbour_geometry(window, problem.box)
    rho = found.density / window.size
    return rho * np.append(found.others, 1.0)[known.label]


def moment_problem(measurement: Measurement, box: Window, weights: Weights) -> MomentProblem:
    """The least-squares problem of a measurement: its moments, debiased, and their weights."""
    space = measurement.space
    geometry = lags(box)
    moments = measured_moments(measurement.stack, box)
    sigma, target = measurement.sigma, moments.values
    keep = geometry.unbiased if sigma is None else np.ones(geometry.count, dtype=bool)
    if sigma is not None:
        target = target - noise_bias(sigma, target[0], geometry)
    if weights == "covariance" and len(moments.tiles) < FEWEST_TILES:
        weights = "count"
    if (bispectrum := rotation_invariants(space)) is not None:
        debiased = Moments(target, moments.tiles)
        return MomentProblem(space, None, *reduced(bispectrum, box, debiased, keep, weights))
    if weights == "count":
        factor = count_weights(geometry, keep)
    elif weights == "published":
        factor = published_weights(geometry, keep)
    elif geometry.count > MOST_COVARIANCE:
        factor = variance_weights(moments, keep)
    else:
        factor = covariance_weights(moments, keep)
    crowded = measurement.spacing == "arbitrary"
    return MomentProblem(
        space,
        box,
        target,
        factor,
        weighted_scatter(moments, factor) / CORRELATION_SPREAD if crowded else None,
    )
