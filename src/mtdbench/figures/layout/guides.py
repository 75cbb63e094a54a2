"""Slope guides: straight lines on log-log axes that the eye compares a curve with."""

from fractions import Fraction

import numpy as np

LEAST_SPAN = 3  # factor that a guide spans at least, where the points do


def guide(x: np.ndarray, y: np.ndarray, slope: float, gap: float = 0.6) -> np.ndarray:
    """The two ends, shape (2, 2), of the line y = c x^slope that runs just below all the points.

    `x` and `y` are the points of the curves, shape (m,); the constant c is `gap` times the largest
    one that leaves every point on or above the line, so that the guide never hides a curve. A
    steep line ends where it falls below `gap` times the lowest point: it would stretch the axis.
    """
    if not len(x):
        return np.empty((0, 2))
    constant = gap * np.min(y / x**slope)
    low, high = x.min(), x.max()
    if slope:
        floor = (gap * np.min(y) / constant) ** (1 / slope)
        low = low if slope < 0 else min(max(low, floor), max(low, high / LEAST_SPAN))
        high = high if slope > 0 else max(min(high, floor), min(high, low * LEAST_SPAN))
    ends = np.array([low, high])
    return np.column_stack([ends, constant * ends**slope])


def slope_label(slope: float) -> str:
    """The slope in words, e.g. `slope −1/2`."""
    fraction = Fraction(slope).limit_denominator(12)
    return f"slope {fraction}".replace("-", "−")
