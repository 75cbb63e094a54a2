"""How often copies lie at each displacement from each other, estimated beside true."""

import math

import numpy as np

from mtdbench.model.placed_copies import Placement
from mtdbench.model.separations import separations
from mtdbench.spaces import Window


def true_separations(placement: Placement, window: Window) -> np.ndarray:
    """xi of a placement over the `displacements`, all copies counting alike; shape (U,)."""
    full, sizes = np.unique(placement.micrographs, return_counts=True)
    each = [separations(placement.within(int(m)).corners, window) for m in full]
    return np.asarray(np.average(each, axis=0, weights=sizes))


def pairs_deviation(estimated: np.ndarray, true: np.ndarray) -> float:
    """The largest |xi_found - xi_true|; NaN where the two are not over the same displacements."""
    return float(np.abs(estimated - true).max()) if estimated.shape == true.shape else math.nan
