"""The means of blocks that smooth functions are fitted to."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.block_statistics import BlockStatistics, robust_scale
from mtdbench.preparation.smooth_basis import smooth_basis

MOST_BLOCKS = 2**14
"""Blocks that a fit is made of."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockValues:
    """The means of the blocks that a background is fitted to.

    Attributes
    ----------
    shape : tuple of int
        Of the micrograph.
    side : int
        Of the blocks.
    values : array, shape (n,)
    chosen : int array, shape (n,)
        Their indices among all blocks.
    correlation : float
        How many of them say as much as one that is independent: neighbours see the same copy.
    """

    shape: tuple[int, ...]
    side: int
    values: np.ndarray
    chosen: np.ndarray
    correlation: float

    def basis(self, degree: int) -> np.ndarray:
        """The smooth functions at these blocks, shape (J, n)."""
        return smooth_basis(self.shape, self.side, degree, self.chosen)


def block_values(
    statistics: BlockStatistics, usable: np.ndarray, shape: tuple[int, ...]
) -> BlockValues:
    """The means of usable blocks, of a very large micrograph evenly chosen ones."""
    chosen = np.flatnonzero(usable)
    chosen = chosen[:: max(1, len(chosen) // MOST_BLOCKS)]
    means = statistics.means.ravel()[chosen]
    return BlockValues(shape, statistics.side, means, chosen, _correlation(statistics, usable))


def _correlation(statistics: BlockStatistics, usable: np.ndarray) -> float:
    """Blocks that say as much as one independent one, by how much alike neighbours are beside
    those three further.
    """
    factor = 1.0
    means, both = statistics.means, usable
    for axis in range(means.ndim):
        lines, known = np.moveaxis(means, axis, 0), np.moveaxis(both, axis, 0)
        if len(lines) < 8:
            continue
        steps = {}
        for lag in (1, 3):
            pair = known[lag:] & known[:-lag]
            steps[lag] = robust_scale((lines[lag:] - lines[:-lag])[pair])[1] if pair.any() else 0.0
        alike = 1 - (steps[1] / steps[3]) ** 2 if steps[3] else 0.0
        alike = float(np.clip(alike, 0, 0.9))
        factor *= (1 + alike) / (1 - alike)
    return factor
