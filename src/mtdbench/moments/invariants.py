"""Moments of a volume's projections, reduced to the few invariants that they are linear in.

With G the matrix of `mtdbench.moments.bispectrum`, the model's D moments are gamma G I(x), with
q << D invariants I. Of W G = U diag(s) V^T a weighted sum of squares needs only the span of U,

    ||W (gamma G I(x) - m)||^2 = ||diag(s) V^T (gamma I(x) - i)||^2 + const,
    i = V diag(1/s) U^T W m,

with i the invariants that the measured moments m imply.
"""

from functools import lru_cache
from typing import Literal

import numpy as np

from mtdbench import clock
from mtdbench.moments.autocorrelations import Moments, lags
from mtdbench.moments.bispectrum import Bispectrum
from mtdbench.moments.symmetry import LagOrbits, constellations, lag_orbits
from mtdbench.moments.weights import Weights, count_weights, covariance_weights, variance_weights
from mtdbench.spaces.window import Window

LEAST_SINGULAR_VALUE = 1e-12  # of the largest singular value: below it a direction says nothing
FLAT_SINGULAR_VALUE = 1e-4  # of the largest singular value: above it directions count alike


@lru_cache(maxsize=4)
def design(bispectrum: Bispectrum, box: Window) -> tuple[LagOrbits, np.ndarray]:
    """The orbits of the moments over lags shorter than the box, and G with a row for each orbit,
    shape (R, q).
    """
    length = bispectrum.basis.length
    window = Window.cube(length, box.ndim)
    groups = lag_orbits(box, flips=length % 2 == 1)
    points = [p for order in constellations(lags(box)) for p in order]
    with clock.setup():
        rows = bispectrum.means([_places(points[i], window) for i in groups.first])
    return groups, rows / window.size


def _places(points: np.ndarray, window: Window) -> np.ndarray:
    """Flat indices of the points, shape (p, d), wherever all lie in the window; (p, places)."""
    corner = points.min(axis=0)
    room = np.array(window.shape) - (points.max(axis=0) - corner)
    base = np.indices(room).reshape(len(room), 1, -1) - corner[:, None, None]
    return np.ravel_multi_index(tuple(base + points.T[:, :, None]), window.shape)


def reduced(
    bispectrum: Bispectrum,
    box: Window,
    moments: Moments,
    keep: np.ndarray,
    weights: Weights | Literal["flat"],
) -> tuple[np.ndarray, np.ndarray]:
    """The invariants i that the moments imply, shape (q,), and their weights, shape (m, q).

    "count" weighs the kept moments by one over their number, as in the papers, and loses nothing.
    "covariance" takes of them m = q combinations, by their variances, and weighs these by their
    inverse covariance. "flat" weighs combinations alike, for moments without noise.
    """
    groups, matrix = design(bispectrum, box)
    kept, tiles = keep[groups.first], np.zeros((0, len(groups.first)))
    if weights == "covariance":
        tiles = groups.mean(moments.tiles)
        scale = variance_weights(Moments(np.zeros(0), tiles), kept)
    else:
        every = count_weights(lags(box), keep)
        scale = every[groups.first] * np.sqrt(groups.sizes)
    q, r = np.linalg.qr(scale[:, None] * matrix)
    left, s, right = np.linalg.svd(r)
    rank = int(np.sum(s > LEAST_SINGULAR_VALUE * s[0]))
    u, s, v = scale[:, None] * (q @ left[:, :rank]), s[:rank], right[:rank]
    implied = v.T @ ((groups.mean(moments.values) @ u) / s)
    root = s[:, None] * v
    if weights == "covariance":
        combined = Moments(np.zeros(0), tiles @ u)
        root = covariance_weights(combined, np.ones(rank, dtype=bool)) @ root
    elif weights == "flat":
        root /= np.hypot(s, FLAT_SINGULAR_VALUE * s[0])[:, None]
    return implied, root
