"""Operations of measuring moments and of fitting them."""

from collections.abc import Mapping
from typing import Any

from mtdbench.estimators.autocorrelation.lag_box import chosen_box
from mtdbench.estimators.autocorrelation.measured_problem import MOST_COVARIANCE
from mtdbench.estimators.autocorrelation.moment_solvers import LARGEST_JACOBIAN
from mtdbench.estimators.workload import Workload
from mtdbench.model.spacing import Spacing
from mtdbench.moments.autocorrelations import lags
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.neighbour_terms import neighbour_geometry

LEAST_SQUARES_STEPS = 25  # of a fit, mostly
LIKELY_GRADIENTS = 400  # of a fit with many coefficients
FINISHING_STEPS = 10  # of least squares after it
STEP_OVERHEAD = 1e6  # that a step takes beside its products, however few there are


def autocorrelation_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """The moments of the measurement, and their fit."""
    count = len(lags(chosen_box(workload.space, options["width"], "a plan")).lags)
    return workload.samples * float(count) ** 2 + moment_fit_operations(workload, options)


def moment_fit_operations(workload: Workload, options: Mapping[str, Any]) -> float:
    """The fit of the moments from all starts."""
    space, starts = workload.space, options["n_init"]
    box = chosen_box(space, options["width"], "a plan")
    geometry = lags(box)
    if rotation_invariants(space) is not None:  # a fit of few numbers, whatever the moments
        return float(starts * LEAST_SQUARES_STEPS * (STEP_OVERHEAD + float(space.size) ** 2))
    near = workload.spacing is Spacing.ARBITRARY
    others = neighbour_geometry(space.window, box).count if near else 0
    columns = space.size + others + 1
    model = len(space.quadrature()[0]) * workload.pixels * float(len(geometry.lags)) ** 2
    weighted = float(geometry.count) ** 2 if geometry.count <= MOST_COVARIANCE else 0.0
    step = STEP_OVERHEAD + columns * (model + weighted)
    if geometry.count * (columns - 1) <= LARGEST_JACOBIAN:
        return float(starts * LEAST_SQUARES_STEPS * step)
    gradient = STEP_OVERHEAD + 4 * (model + weighted)
    return float(starts * (LIKELY_GRADIENTS * gradient + FINISHING_STEPS * step))
