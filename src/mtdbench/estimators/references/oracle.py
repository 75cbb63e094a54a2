"""Least squares with positions and poses known: the lower end of every scale."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import solve

from mtdbench.files import let_go
from mtdbench.model.measurement import Estimate, Measurement, Placement

CHUNK = 2**12


def oracle(
    measurement: Measurement, rng: np.random.Generator, *, placement: Placement
) -> Iterator[Estimate]:
    """x that minimises sum_t ||y[window t] - P_{g_t} x||^2 over all copies t.

    The windows of copies do not overlap, so this is the maximum-likelihood estimate of someone who
    was told where every copy lies and how it is turned.
    """
    space, ndim = measurement.space, measurement.space.ndim_measurement
    axes = tuple(range(1, ndim + 1))
    windows = sliding_window_view(measurement.stack, (space.window,) * ndim, axes)
    a, b = np.zeros((space.size, space.size)), np.zeros(space.size)
    for start in range(0, len(placement.corners), CHUNK):
        poses = placement.poses[start : start + CHUNK]
        micrographs = placement.micrographs[start : start + CHUNK]
        corners = placement.corners[start : start + CHUNK]
        images = windows[(micrographs, *corners.T)].reshape(len(corners), -1).astype(float)
        a += space.normal(np.ones_like(images), poses)
        b += space.adjoint(images, poses)
        let_go(measurement.samples)
    covered = len(placement.corners) * space.window**ndim
    yield Estimate(solve(a, b, assume_a="pos"), density=covered / measurement.samples.size)
