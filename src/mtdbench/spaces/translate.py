"""Arrays in a window."""

from itertools import product

import numpy as np


def displaced(array: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    """The array moved by whole samples along its axes; zeros come in, what leaves is lost."""
    moved = np.zeros_like(array)
    sizes = list(zip(shift, array.shape, strict=True))
    target = tuple(slice(max(s, 0), max(size + min(s, 0), 0)) for s, size in sizes)
    source = tuple(slice(max(-s, 0), max(size + min(-s, 0), 0)) for s, size in sizes)
    moved[target] = array[source]
    return moved


def shifts(reach: int, ndim: int) -> list[tuple[int, ...]]:
    """All shifts by at most `reach` samples along each axis, but for the one that moves nothing."""
    return [shift for shift in product(range(-reach, reach + 1), repeat=ndim) if any(shift)]
