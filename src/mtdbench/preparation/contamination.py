"""Contamination, carbon and crystals: regions that are no sample of what is studied."""

import numpy as np
import scipy.ndimage

from mtdbench.preparation.block_statistics import (
    BlockStatistics,
    robust_scale,
    spread_blocks,
)

BEYOND = 7.0
"""Robust standard deviations by which mean or log variance of a block depart."""
WINDOWS = 2
"""Side of the smallest contamination, in windows: what is smaller may be a copy, or two."""
FEWEST = 100
"""Blocks that make statistics."""


def contaminated(
    statistics: BlockStatistics, level: np.ndarray, window: int, shape: tuple[int, ...]
) -> np.ndarray:
    """Which samples lie in a contamination, bool, shape `shape`.

    A block departs if its mean, beside a robust level, or its variance is far from those of most
    blocks. A contamination is a region of such blocks that holds a cube of `WINDOWS` windows, with
    the blocks around it: strong copies depart too, but none of them is as large, and where they
    lie side by side they are so many that they are what most blocks show.

    Parameters
    ----------
    statistics : BlockStatistics
    level : array, shape (n_1, ..., n_d)
        The background at the blocks.
    window : int
        Side of a copy's window, samples.
    shape : tuple of int
        Of the micrograph.
    """
    usable = statistics.usable
    if usable.sum() < FEWEST:
        return np.zeros(shape, dtype=bool)
    variances = statistics.variances
    least = 1e-6 * np.median(variances[usable]) + 1e-300
    departs = np.zeros(usable.shape, dtype=bool)
    for values in (statistics.means - level, np.log(variances + least)):
        centre, scale = robust_scale(values[usable])
        departs |= np.abs(values - centre) > BEYOND * scale
    departs &= usable
    cube = (-(-WINDOWS * window // statistics.side) + 1,) * departs.ndim
    seeds = scipy.ndimage.binary_opening(departs, np.ones(cube, dtype=bool))
    whole = scipy.ndimage.binary_propagation(seeds, mask=departs)
    around = scipy.ndimage.binary_dilation(whole, np.ones((3,) * departs.ndim, dtype=bool))
    return spread_blocks(around, statistics.side, shape)
