"""The least-squares problem of a measurement's moments."""

from functools import partial

import numpy as np

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.model.measurement import Measurement
from mtdbench.model.spacing import Spacing
from mtdbench.moments.autocorrelations import Lags, Moments, lags, noise_bias
from mtdbench.moments.bispectrum import rotation_invariants
from mtdbench.moments.group_moments import combined
from mtdbench.moments.invariants import reduced
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.weights import (
    CORRELATION_SPREAD,
    FEWEST_TILES,
    Weights,
    count_weights,
    covariance_weights,
    published_weights,
    variance_weights,
    weighted_scatter,
)
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.spaces import Window

MOST_COVARIANCE = 1500  # moments up to which their covariance is inverted


def moment_problem(
    measurement: Measurement, box: Window, weights: Weights, ranks: Ranks = ONE_RANK
) -> MomentProblem:
    """The moments of a measurement, debiased, and their weights.

    Moments that noise biases are left out where sigma is not known.
    """
    forward, geometry = measurement.forward, lags(box)
    moments = _moments(measurement, box, ranks)
    sigma, target = measurement.sigma, moments.values
    keep = geometry.unbiased if sigma is None else np.ones(geometry.count, dtype=bool)
    if sigma is not None:
        target = target - noise_bias(sigma, target[0], geometry)
    if weights == "covariance" and len(moments.tiles) < FEWEST_TILES:
        weights = "count"
    if (bispectrum := rotation_invariants(forward.space)) is not None:
        debiased = Moments(target, moments.tiles)
        return MomentProblem(forward, None, *reduced(bispectrum, box, debiased, keep, weights))
    factor = _weights(moments, geometry, keep, weights)
    crowded = measurement.spacing == Spacing.ARBITRARY
    ridge = weighted_scatter(moments, factor) / CORRELATION_SPREAD if crowded else None
    return MomentProblem(forward, box, target, factor, ridge)


def _moments(measurement: Measurement, box: Window, ranks: Ranks) -> Moments:
    """The moments of the samples that were measured, without the background; each optics group has
    a share in them by its number of micrographs, whatever was measured of these.
    """
    forward, stack = measurement.forward, measurement.stack
    measure = partial(
        measured_moments, stack, box, ranks=ranks, background=forward.background,
        measured=forward.measured,
    )  # fmt: skip
    if forward.groups is None:
        return measure()
    numbers, shares = zip(*forward.group_shares, strict=True)
    parts = [measure(micrographs=np.flatnonzero(forward.groups == k).tolist()) for k in numbers]
    return combined(parts, shares)


def _weights(moments: Moments, geometry: Lags, keep: np.ndarray, weights: Weights) -> np.ndarray:
    """W of a kind, as a diagonal or in full."""
    if weights == "count":
        return count_weights(geometry, keep)
    if weights == "published":
        return published_weights(geometry, keep)
    if geometry.count > MOST_COVARIANCE:
        return variance_weights(moments, keep)
    return covariance_weights(moments, keep)
