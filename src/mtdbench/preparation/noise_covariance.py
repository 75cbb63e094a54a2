"""The covariance of the noise, from samples between the copies."""

import numpy as np

MOST_PAIRS = 2**20
"""Samples that it is estimated from, at most: more of them tell no more."""


def noise_covariance(image: np.ndarray, weights: np.ndarray, reach: int) -> np.ndarray:
    """The weighted means of products of samples by their lag, shape (2 reach + 1,) * d.

    Parameters
    ----------
    image : array
        A micrograph without its background; a constant one does not matter.
    weights : array, same shape
        How probable it is that a sample shows no copy; 0 for what was not measured. Where many show
        one, a pair counts by the product of its weights.
    reach : int
        The largest lag along an axis, samples.
    """
    rows = max(8 * reach, MOST_PAIRS // max(1, int(np.prod(image.shape[1:], dtype=int))))
    first = max(0, (len(image) - rows) // 2)
    seen = weights[first : first + rows].astype(float)
    part = image[first : first + rows]
    level = float(np.sum(part * seen)) / max(float(seen.sum()), 1e-300)
    values = (part - level) * seen
    result = np.empty((2 * reach + 1,) * image.ndim)
    lags = np.indices(result.shape).reshape(image.ndim, -1).T - reach
    for lag in lags[: len(lags) // 2 + 1]:
        near, far = _overlap(lag)
        pairs = float(np.sum(seen[near] * seen[far]))
        mean = float(np.sum(values[near] * values[far])) / max(pairs, 1e-300)
        result[tuple(reach + lag)] = result[tuple(reach - lag)] = mean
    return result


def _overlap(lag: np.ndarray) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The samples that have another one at a lag, and those."""
    near = tuple(slice(max(0, -int(n)), -int(n) if n > 0 else None) for n in lag)
    far = tuple(slice(max(0, int(n)), int(n) if n < 0 else None) for n in lag)
    return near, far


def smoothed_spectrum(covariance: np.ndarray, size: int = 32) -> np.ndarray:
    """The power spectrum that a covariance at small lags implies, shape (size,) * d, the
    frequency 0 first; smoothed as far as those lags cannot tell, by a Parzen window.
    """
    reach = len(covariance) // 2
    distance = np.abs(np.arange(-reach, reach + 1)) / (reach + 1)
    taper = np.where(
        distance <= 0.5, 1 - 6 * distance**2 + 6 * distance**3, 2 * (1 - distance) ** 3
    )
    padded = np.zeros((size,) * covariance.ndim)
    tapered = covariance.copy()
    for axis in range(covariance.ndim):
        tapered = np.moveaxis(np.moveaxis(tapered, axis, -1) * taper, -1, axis)
    index = (np.arange(-reach, reach + 1)) % size
    padded[np.ix_(*[index] * covariance.ndim)] = tapered
    return np.maximum(np.fft.fftn(padded, axes=range(padded.ndim)).real, 1e-300)
