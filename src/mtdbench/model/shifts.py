"""What a patch can see of a copy: every shift only selects pixels."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mtdbench.model.separations import displacements

SLAB = 3


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """A run of views that see the same few rows of a patch.

    Attributes
    ----------
    pixels : slice
        The patch pixels that any of these views sees (a contiguous range).
    shifts : slice
        The views, as a range of the list of all views.
    source : int array, shape (pixels, views)
        Template pixel that each patch pixel sees in each view; L^d where it sees none.
    """

    pixels: slice
    shifts: slice
    source: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The (2L-1)^d shifts under which a patch of L^d samples sees a part of a copy.

    Under shift s the patch pixel r' sees template pixel r = r' - s. The shifts with an axis at
    +-L see nothing; they are one view more, the empty one, always last. Where asked for, there is
    also a view for every two shifts under which a patch sees parts of two copies of one pose that
    do not overlap; these Q stand between the shifts and the empty view.

    Attributes
    ----------
    window, ndim : int
        L and d.
    shifts : int array, shape (S, d)
        s, in C order from -(L-1) to L-1.
    pairs : int array, shape (Q, 2)
        The two shifts of each view of two copies, as indices; sorted by the displacement of the
        second from the first, in the order of `mtdbench.model.separations.displacements`.
    visible : int array, shape (S + Q, L^d)
        How often template pixel r lies inside the patch in each view: 0, 1, or with two copies 2.
    slabs : tuple of Slab
        The views in groups: products over a group skip the rows that none of its views sees.
    """

    window: int
    ndim: int
    shifts: np.ndarray
    pairs: np.ndarray
    visible: np.ndarray
    slabs: tuple[Slab, ...]

    @property
    def count(self) -> int:
        """S + Q + 1, the empty view included."""
        return len(self.shifts) + len(self.pairs) + 1


@lru_cache(maxsize=8)
def views(window: int, ndim: int, pairs: bool = False) -> Views:
    """All views of a window of L^d samples, with those of two copies where `pairs` is set.

    In 1-D Q = L(L - 1)/2.
    """
    if pairs:
        return _with_pairs(views(window, ndim))
    length, reach = window, 2 * window - 1
    shifts = np.indices((reach,) * ndim).reshape(ndim, -1).T - (length - 1)
    pixels = np.indices((length,) * ndim).reshape(ndim, -1).T
    landing = pixels + shifts[:, None]
    visible = np.all((landing >= 0) & (landing < length), axis=2).astype(int)
    none = np.empty((0, 2), int)
    return Views(window, ndim, shifts, none, visible, _slabs(shifts, pixels, length, ndim))


def _with_pairs(single: Views) -> Views:
    """The same with the views of two copies, as one slab more.

    The copies do not overlap, so that a patch pixel sees a pixel of one of them at most, and the
    smaller of the two entries of `origins` is the one seen.
    """
    window, ndim, shifts = single.window, single.ndim, single.shifts
    second = shifts[:, None] + displacements(window, ndim)  # (S, U, d), where the first is at s
    first, step = np.nonzero(np.all(np.abs(second) < window, axis=2))
    order = np.argsort(step, kind="stable")
    first, step = first[order], step[order]
    index = (second[first, step] + window - 1).T
    pairs = np.stack([first, np.ravel_multi_index(tuple(index), (2 * window - 1,) * ndim)], axis=1)
    source = np.minimum(*origins(window, ndim)[pairs.T]).T
    slab = Slab(slice(0, window**ndim), slice(len(shifts), len(shifts) + len(pairs)), source)
    visible = np.concatenate([single.visible, single.visible[pairs].sum(axis=1)])
    return replace(single, pairs=pairs, visible=visible, slabs=(*single.slabs, slab))


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


def shifted(patches: np.ndarray, window: int, ndim: int) -> np.ndarray:
    """C_s^T of all patches and shifts, shape (m, S, L^d); `patches` is (m, L^d)."""
    padded = np.pad(patches, ((0, 0), (0, 1)))
    return np.take(padded, origins(window, ndim)[::-1], axis=1)


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
