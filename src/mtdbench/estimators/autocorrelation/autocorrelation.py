"""Autocorrelation analysis: the object whose first three moments are those of the measurement."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtdbench.errors import InputError
from mtdbench.estimators.autocorrelation.lag_box import chosen_box
from mtdbench.estimators.autocorrelation.measured_problem import moment_problem
from mtdbench.estimators.autocorrelation.moment_cost import autocorrelation_operations
from mtdbench.estimators.autocorrelation.moment_fits import fit_from_starts
from mtdbench.estimators.autocorrelation.moment_solvers import MOMENT_SOLVERS, MomentSolver
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import at_least, well_separated
from mtdbench.estimators.tested_estimator import with_null_test
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.spacing import Spacing
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.weights import Weights
from mtdbench.ranks.communicator import ONE_RANK, Ranks


def filters_not_carried(space: str, spacing: str) -> tuple[str, ...]:
    """Filters of volumes, whose invariants are those of what is not filtered, and of copies that
    may touch, since filtered ones overlap.
    """
    return () if space != "ball" and spacing == Spacing.WELL_SEPARATED else ("filter",)


@with_null_test
@declare(
    cost=autocorrelation_operations,
    carries=("filter", "background", "mask"),
    lacks=filters_not_carried,
    renamed={"starts": "n_init"},
)
def autocorrelation(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    n_init: int = 10,
    weights: Weights = "covariance",
    width: int | None = None,
    solver: MomentSolver = "auto",
    tolerance: float = 1e-5,
) -> Iterator[Estimate]:
    """Least squares between measured and model moments, from several random starts.

    Each start yields the best fit so far; the last estimate is the best of all. Where sigma is
    not known, the moments that noise biases are left out. Those of volumes are reduced to the
    invariants that they are linear in, see `mtdbench.moments.invariants`.

    Samples that were not measured are left out, a background is subtracted. Filters are those of
    well-separated signals and images: the moments are those of A_k P_g x, of all optics groups
    together, in the windows in which these show. White noise is what is subtracted: coloured noise
    has to be whitened, with the kernel as a filter.

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
    null_test : whether the last estimate is held against noise alone, as that of `em` is, see
        `mtdbench.estimators.tested_estimator`. `mtdbench estimate` turns this on.

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
    box = chosen_box(space, width, "autocorrelation")
    problem = moment_problem(measurement, box, weights, ranks)
    problem = replace(problem, tolerance=tolerance)
    yield from fit_from_starts(problem, measurement, rng, n_init, MOMENT_SOLVERS[solver], ranks)
