"""Contamination, carbon and crystals: regions that are no sample of what is studied."""

import numpy as np
import scipy.ndimage

from mtdbench.preparation.block_statistics import BlockStatistics, robust_scale, spread_blocks

DEPARTING = 7.0
"""Robust standard deviations by which mean or log variance of a block depart."""
REGION_WINDOWS = 2
"""Side of the smallest region, in windows, where copies are few: what is smaller may be one."""
CROWDED_SIGMAS = 2.0
"""Standard deviations of the noise by which a fifth of the blocks depart where copies are many."""
LIKE_COPIES = 3.0
"""How many times the departure that one block in twenty exceeds: more than copies can make."""
FEWEST_BLOCKS = 100
"""Blocks that make statistics."""


def contaminated(
    statistics: BlockStatistics, level: np.ndarray, window: int, shape: tuple[int, ...]
) -> np.ndarray:
    """Which samples lie in a contamination, bool, shape `shape`.

    A block departs if its mean, beside a robust level, or its variance is far from those of most
    blocks. A contamination is a region of such blocks that holds a cube of `REGION_WINDOWS`
    windows: strong copies depart too, but none of them is as large. Where copies are so many that
    their own departures are known, a region of any size counts whose mean departs far more. The
    blocks around it go with it.

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
    usable, variances = statistics.usable, statistics.variances
    if usable.sum() < FEWEST_BLOCKS:
        return np.zeros(shape, dtype=bool)
    least = 1e-6 * np.median(variances[usable]) + 1e-300
    means = statistics.means - level
    far = [_departures(values, usable) for values in (means, np.log(variances + least))]
    departs = (np.maximum(*far) > DEPARTING) & usable
    cube = (-(-REGION_WINDOWS * window // statistics.side) + 1,) * departs.ndim
    large = scipy.ndimage.binary_opening(departs, np.ones(cube, dtype=bool))
    whole = scipy.ndimage.binary_propagation(large, mask=departs) | _beyond_copies(
        statistics, far[0]
    )
    around = scipy.ndimage.binary_dilation(whole, np.ones((3,) * departs.ndim, dtype=bool))
    return spread_blocks(around, statistics.side, shape)


def _departures(values: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """How far values are from their median, in robust standard deviations."""
    centre, scale = robust_scale(values[usable])
    return np.abs(values - centre) / max(scale, 1e-300)


def _beyond_copies(statistics: BlockStatistics, far: np.ndarray) -> np.ndarray:
    """Blocks whose mean departs more than copies make it, bool; none where those are few."""
    usable = statistics.usable
    noise = np.sqrt(np.median(statistics.variances[usable]) / statistics.side**far.ndim)
    scale = robust_scale(statistics.means[usable])[1]
    fifth, twentieth = np.quantile(far[usable], (0.8, 0.95))
    if fifth * scale <= CROWDED_SIGMAS * noise:
        return np.zeros(far.shape, dtype=bool)
    bound = max(DEPARTING, LIKE_COPIES * float(twentieth))
    return scipy.ndimage.binary_propagation((far > bound) & usable, mask=(far > bound / 2) & usable)
