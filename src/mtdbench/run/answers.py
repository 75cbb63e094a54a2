"""What an answer has to be so that its error is a number."""

import numpy as np

LARGEST = 1e140
"""Squares of what is larger, summed over an object, are no numbers of double precision."""

MOST_ITERATIONS = 2**62
"""What is counted fits into a column of 64-bit integers."""


def flaw(x: np.ndarray) -> str:
    """What is wrong with coefficients, as the end of a sentence; empty where nothing is."""
    if not np.isfinite(x).all():
        return "holds NaN or infinities"
    if x.size and np.abs(x).max() > LARGEST:
        return f"holds numbers beyond {LARGEST:g}, too large to have an error"
    return ""
