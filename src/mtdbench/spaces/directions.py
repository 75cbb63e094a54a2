"""Directions in the plane and in space, for means over distances alone."""

from functools import lru_cache

import numpy as np

DIRECTIONS = 48  # in the plane, three times as many in space


@lru_cache(maxsize=2)
def directions(ndim: int) -> np.ndarray:
    """Unit vectors, nearly evenly spread, shape (directions, ndim): on a circle, or by the golden
    angle on a sphere.
    """
    if ndim == 2:
        angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
        return np.stack([np.sin(angles), np.cos(angles)], axis=1)
    number = np.arange(3 * DIRECTIONS)
    z = 1 - (2 * number + 1) / len(number)
    angles, rho = np.pi * (3 - np.sqrt(5)) * number, np.sqrt(1 - z**2)
    return np.stack([z, rho * np.sin(angles), rho * np.cos(angles)], axis=1)
