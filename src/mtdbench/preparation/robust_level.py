"""A smooth level that contaminations do not move."""

import numpy as np

from mtdbench.preparation.block_statistics import robust_scale
from mtdbench.preparation.block_values import BlockValues
from mtdbench.preparation.one_sided import least_squares_level
from mtdbench.preparation.smooth_basis import evaluated

HIGHEST_DEGREE = 8
"""Of a smooth background that is found automatically."""
WINDOWS_TO_A_DEGREE = 3
"""A polynomial of degree q over N samples varies over some 2 N / q of them: six windows or more."""
TUKEY = 4.685
"""Standard deviations beyond which Tukey's biweight takes a block for none of the background."""


def robust_level(blocks: BlockValues, window: int) -> np.ndarray:
    """A smooth level at all blocks that large departures do not move, shape (n_1, ..., n_d):
    Tukey's biweight, with a degree that rises as long as the scale of the residuals falls.
    """
    values = blocks.values
    coefficients, scale = np.array([np.median(values)]), robust_scale(values)[1]
    kept, degree = coefficients, 0
    for higher in range(1, largest_degree(blocks.shape, window) + 1):
        basis = blocks.basis(higher)
        coefficients = np.pad(coefficients, (0, len(basis) - len(coefficients)))
        for _ in range(10):
            residuals = values - coefficients @ basis
            reach = TUKEY * robust_scale(residuals)[1] + 1e-300
            weights = (1 - np.minimum(np.abs(residuals) / reach, 1) ** 2) ** 2
            coefficients = least_squares_level(values, basis, weights)
        spread = robust_scale(values - coefficients @ basis)[1]
        if spread < 0.95 * scale:
            kept, degree, scale = coefficients, higher, spread
    return evaluated(kept, blocks.shape, degree, blocks.side)


def largest_degree(shape: tuple[int, ...], window: int) -> int:
    """Of a polynomial that varies over much more than a window."""
    return max(1, min(HIGHEST_DEGREE, min(shape) // (WINDOWS_TO_A_DEGREE * window)))
