"""Hot and dead samples: single ones that say nothing about what the detector saw."""

import numpy as np
import scipy.ndimage
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.preparation.block_statistics import robust_scale

HOT_SIGMAS = 10.0
"""Standard deviations of the residuals; in 10^9 samples of noise none is that far off."""
HOT_TAIL = 4.0
"""How many times the residual that one in a hundred samples exceeds: copies make a tail too."""
MEAN_REACH = 7
"""Samples to either side of which the local mean is taken."""
MEDIAN_REACH = 2
"""Samples to either side of which the local median is taken."""
MOST_RESIDUALS = 2**20
"""Residuals of which the quantiles are taken."""


def hot_samples(image: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Which samples are far from the median of their neighbours, bool, same shape.

    Far is `HOT_SIGMAS` standard deviations, and `HOT_TAIL` times the upper percentile of all
    residuals, so that strong copies are not. What is as wide as the neighbourhood is none of it:
    its samples are like their neighbours.

    Parameters
    ----------
    image : float array
    measured : bool array, same shape
    """
    size, thin = 2 * MEAN_REACH + 1, slice(None, None, max(1, image.size // MOST_RESIDUALS))
    known = measured.ravel()[thin]
    level = np.float32(np.median(image.ravel()[thin][known])) if known.any() else np.float32(0)
    centred = np.where(measured, image - level, np.float32(0))
    residual = scipy.ndimage.uniform_filter(centred, size, mode="constant")
    share = scipy.ndimage.uniform_filter(measured.astype(np.float32), size, mode="constant")
    residual /= np.maximum(share, np.float32(1e-6), out=share)
    np.subtract(centred, residual, out=residual)
    part = residual.ravel()[thin][known]
    if not len(part):
        return np.zeros(image.shape, dtype=bool)
    scale = robust_scale(part)[1]
    bound = max(HOT_SIGMAS * scale, HOT_TAIL * float(np.quantile(np.abs(part), 0.99)))
    hot = (np.abs(residual, out=residual) > bound) & measured
    places = np.argwhere(hot)
    hot[tuple(places.T)] = np.abs(_beside_neighbours(centred, places)) > bound
    return hot


def _beside_neighbours(image: np.ndarray, places: np.ndarray, chunk: int = 2**16) -> np.ndarray:
    """The samples at these places minus the medians of the boxes around them."""
    padded = np.pad(image, MEDIAN_REACH, mode="reflect")
    box = 2 * MEDIAN_REACH + 1
    boxes = sliding_window_view(padded, (box,) * image.ndim)
    medians = [
        np.median(boxes[tuple(part.T)].reshape(len(part), box**image.ndim), axis=1)
        for part in np.split(places, range(chunk, len(places), chunk))
    ]
    return image[tuple(places.T)] - np.concatenate(medians)
