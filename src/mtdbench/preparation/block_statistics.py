"""Sums and means over blocks of samples: what is seen of a micrograph at a coarser scale."""

from dataclasses import dataclass

import numpy as np

NORMAL_SCALE = 1.4826
"""Standard deviations of a normal distribution in its median absolute deviation."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockStatistics:
    """Of each block of a micrograph that is cut into cubes of one side.

    Attributes
    ----------
    side : int
        Samples along each axis of a block.
    means, variances : float arrays, shape (n_1, ..., n_d)
        Over the samples that were measured; 0 where there are none.
    shares : float array, same shape
        How much of each block was measured.
    """

    side: int
    means: np.ndarray
    variances: np.ndarray
    shares: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """Blocks of which at least half was measured, bool."""
        return self.shares >= 0.5


def block_sums(array: np.ndarray, side: int) -> np.ndarray:
    """The sums over blocks of `side` samples along each axis, float64; what is left over at the
    end of an axis is in none.
    """
    counts = [n // side for n in array.shape]
    whole = array[tuple(slice(n * side) for n in counts)]
    split = whole.reshape([length for n in counts for length in (n, side)])
    return split.sum(axis=tuple(range(1, 2 * array.ndim, 2)), dtype=float)


def block_statistics(image: np.ndarray, measured: np.ndarray, side: int) -> BlockStatistics:
    """Means and variances of the blocks of a micrograph, over what was measured of each."""
    known = image * measured
    counts = block_sums(measured, side)
    number = np.maximum(counts, 1)
    means = block_sums(known, side) / number
    variances = np.maximum(block_sums(known * known, side) / number - means**2, 0)
    return BlockStatistics(side, means, variances, counts / side**image.ndim)


def spread_blocks(blocks: np.ndarray, side: int, shape: tuple[int, ...]) -> np.ndarray:
    """The value of its block for every sample, shape `shape`; what is in no block takes that of the
    nearest one.
    """
    sizes = zip(shape, blocks.shape, strict=True)
    index = [np.minimum(np.arange(n) // side, count - 1) for n, count in sizes]
    return blocks[np.ix_(*index)]


def robust_scale(values: np.ndarray) -> tuple[float, float]:
    """The median, and the standard deviation by the median absolute deviation from it."""
    centre = float(np.median(values))
    return centre, NORMAL_SCALE * float(np.median(np.abs(values - centre)))
