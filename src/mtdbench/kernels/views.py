"""What a patch can see of a copy: every shift only selects pixels."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SLAB = 3


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """A run of shifts along the first axis that see the same few rows of a patch.

    Attributes
    ----------
    pixels : slice
        The patch pixels that any of these shifts sees (a contiguous range).
    shifts : slice
        The shifts, as a range of the flattened list of all shifts.
    source : int array, shape (pixels, shifts)
        Template pixel that each patch pixel sees under each shift; L^d where it sees none.
    """

    pixels: slice
    shifts: slice
    source: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The (2L-1)^d shifts under which a patch of L^d samples sees a part of a copy.

    Under shift s the patch pixel r' sees template pixel r = r' - s. The shifts with an axis at
    +-L see nothing; they are one view more, the empty one, always last.

    Attributes
    ----------
    window, ndim : int
        L and d.
    shifts : int array, shape (S, d)
        s, in C order from -(L-1) to L-1.
    visible : bool array, shape (S, L^d)
        Whether template pixel r lies inside the patch under shift s.
    slabs : tuple of Slab
        The shifts in groups: products over a group skip the rows that none of its shifts sees.
    """

    window: int
    ndim: int
    shifts: np.ndarray
    visible: np.ndarray
    slabs: tuple[Slab, ...]

    @property
    def count(self) -> int:
        """S + 1, the empty view included."""
        return len(self.shifts) + 1


@lru_cache(maxsize=8)
def views(window: int, ndim: int) -> Views:
    """All views of a window of L^d samples."""
    length, reach = window, 2 * window - 1
    shifts = np.indices((reach,) * ndim).reshape(ndim, -1).T - (length - 1)
    pixels = np.indices((length,) * ndim).reshape(ndim, -1).T
    landing = pixels + shifts[:, None]
    visible = np.all((landing >= 0) & (landing < length), axis=2)
    return Views(window, ndim, shifts, visible, _slabs(shifts, pixels, length, ndim))


def visible_share(window: int, ndim: int) -> float:
    """c = ((2L - 1) / L)^d: the share of windows that see a part of a copy is c gamma."""
    return float(((2 * window - 1) / window) ** ndim)


@lru_cache(maxsize=8)
def origins(window: int, ndim: int) -> np.ndarray:
    """Template pixel that each patch pixel sees under each shift; L^d where it sees none.

    Returns
    -------
    int array, shape (S, L^d)
        C_s t = append(t, 0)[origins[s]]. As C_s^T = C_{-s}, the transposes are origins[::-1].
    """
    pixels = np.indices((window,) * ndim).reshape(ndim, -1).T
    origin = pixels - views(window, ndim).shifts[:, None]
    inside = np.all((origin >= 0) & (origin < window), axis=2)
    return np.where(inside, origin @ window ** np.arange(ndim - 1, -1, -1), window**ndim)


def _slabs(shifts: np.ndarray, pixels: np.ndarray, length: int, ndim: int) -> tuple[Slab, ...]:
    """Groups of `SLAB` consecutive shifts of the first axis (one group where d = 1)."""
    reach = 2 * length - 1
    per_row, shifts_per_row = length ** (ndim - 1), reach ** (ndim - 1)
    step = SLAB if ndim > 1 else reach
    strides = length ** np.arange(ndim - 1, -1, -1)
    slabs = []
    for first in range(0, reach, step):
        last = min(first + step, reach) - 1
        low = max(0, first - (length - 1))
        high = min(length, length + last - (length - 1))
        seen = slice(low * per_row, high * per_row)
        group = slice(first * shifts_per_row, (last + 1) * shifts_per_row)
        origin = pixels[seen, None] - shifts[None, group]
        inside = np.all((origin >= 0) & (origin < length), axis=2)
        slabs.append(Slab(seen, group, np.where(inside, origin @ strides, length**ndim)))
    return tuple(slabs)
