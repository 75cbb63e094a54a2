"""Arrays moved by whole samples."""

from itertools import product

import numpy as np

from mtdbench.spaces.window import Window


def translated(array: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    """The array moved by whole samples along its axes; zeros come in, what leaves is lost."""
    moved = np.zeros_like(array)
    target, source = Window(array.shape).overlap(shift)
    moved[target] = array[source]
    return moved


def small_shifts(reach: int, ndim: int) -> list[tuple[int, ...]]:
    """All shifts by at most `reach` samples along each axis, but for the one that moves nothing."""
    return [shift for shift in product(range(-reach, reach + 1), repeat=ndim) if any(shift)]
