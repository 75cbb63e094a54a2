"""Agreement of an estimate with what the mean of the particles looks like."""

import math

import numpy as np
from scipy.ndimage import map_coordinates

from mtdbench.spaces import Space

PROFILE_ANGLES = 90
PROFILE_STEP = 0.25
"""Of a radial profile, samples."""


def mean_view(space: Space, x: np.ndarray) -> np.ndarray:
    """The mean over the poses of what copies of x show, shape `space.window.shape`: what the mean
    of particles looks like that nobody has rotated.
    """
    poses = space.poses(space.default_poses)
    return np.asarray(space.window.reshape(space.project(x, poses).mean(axis=0)))


def rotational_mean(image: np.ndarray, radius: float) -> np.ndarray:
    """The mean of an image over rotations, at every quarter of a sample from its middle to a
    radius.
    """
    angles = np.linspace(0, 2 * np.pi, PROFILE_ANGLES, endpoint=False)
    radii, middle = np.arange(0, radius, PROFILE_STEP)[:, None], (np.array(image.shape) - 1) / 2
    places = [middle[0] + radii * np.sin(angles), middle[1] + radii * np.cos(angles)]
    return np.asarray(map_coordinates(image, places, order=1).mean(axis=1))


def radial_correlation(a: np.ndarray, b: np.ndarray, radius: float) -> float:
    """Correlation of two images over a disc about their middles, both averaged over rotations.

    Parameters
    ----------
    a, b : arrays, shape (L, L)
        Their sides may differ.
    radius : float
        Samples.

    Returns
    -------
    float
        In [-1, 1]; NaN where one of them is constant.
    """
    one, other = (rotational_mean(each, radius) for each in (a, b))
    return correlation(one, other, np.arange(len(one)) + 0.5)  # samples at each distance


def correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Correlation of two arrays, shape (n,), of which each entry counts by its weight; NaN where
    one of them is constant, or longer than the other.
    """
    if a.shape != b.shape:
        return math.nan
    covariance = np.cov(a, b, aweights=weights)
    scale = math.sqrt(covariance[0, 0] * covariance[1, 1])
    return float(covariance[0, 1] / scale) if scale > 0 else math.nan
