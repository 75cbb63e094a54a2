"""How a patch and a copy overlap: every shift only selects samples."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mtdbench.model.separations import displacements
from mtdbench.spaces.window import Window

SLAB_SHIFTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """A run of overlaps that see the same few rows of a patch.

    Attributes
    ----------
    pixels : slice
        The samples of a patch that any of these overlaps sees (a contiguous range).
    shifts : slice
        The overlaps, as a range of the list of all of them.
    source : int array, shape (pixels, overlaps)
        Sample of the template that each sample of a patch sees; L^d where it sees none.
    """

    pixels: slice
    shifts: slice
    source: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """The S shifts of a window under which a patch sees a part of a copy, and the empty overlap.

    Under shift s the patch's sample r' sees the template's sample r = r' - s. The shifts with an
    axis at +-L see nothing; they are one overlap more, the empty one, always last. Where asked for,
    there is also one for every two shifts under which a patch sees parts of two copies of one pose
    that do not overlap; these Q stand between the shifts and the empty one.

    Attributes
    ----------
    window : Window
    shifts : int array, shape (S, d)
        s, in the order of `Window.shifts`.
    pairs : int array, shape (Q, 2)
        The two shifts of each overlap with two copies, as indices; sorted by the displacement of
        the second from the first, in the order of `mtdbench.model.separations.displacements`.
    visible : int array, shape (S + Q, L^d)
        How often the template's sample r lies inside the patch: 0, 1, or with two copies 2.
    slabs : tuple of Slab
        The overlaps in groups: products over a group skip the rows that none of them sees.
    crowded : bool
        Whether a patch may see copies at several shifts at once, each in a pose of its own, as many
        as do not overlap; then no overlap is one of two copies.
    """

    window: Window
    shifts: np.ndarray
    pairs: np.ndarray
    visible: np.ndarray
    slabs: tuple[Slab, ...]
    crowded: bool = False

    @property
    def count(self) -> int:
        """S + Q + 1, the empty overlap included."""
        return len(self.shifts) + len(self.pairs) + 1


@lru_cache(maxsize=8)
def overlaps(window: Window, pairs: bool = False, crowded: bool = False) -> Overlaps:
    """All overlaps of a window, with those of two copies where `pairs` is set.

    In 1-D Q = L(L - 1)/2.
    """
    if pairs or crowded:
        single = overlaps(window)
        return _with_pairs(single) if pairs else replace(single, crowded=True)
    shifts, none = window.shifts, np.empty((0, 2), int)
    landing = window.grid + shifts[:, None]
    visible = np.all((landing >= 0) & (landing < window.shape), axis=2).astype(int)
    return Overlaps(window, shifts, none, visible, _slabs(window))


def _with_pairs(single: Overlaps) -> Overlaps:
    """The same with the overlaps of two copies, as one slab more.

    The copies do not overlap, so that a patch's sample sees a sample of one of them at most, and
    the smaller of the two entries of `origins` is the one seen.
    """
    window, shifts = single.window, single.shifts
    second = shifts[:, None] + displacements(window)  # (S, U, d), where the first is at s
    first, step = np.nonzero(np.all(np.abs(second) < window.shape, axis=2))
    order = np.argsort(step, kind="stable")
    first, step = first[order], step[order]
    pairs = np.stack([first, window.number(second[first, step])], axis=1)
    source = np.minimum(*origins(window)[pairs.T]).T
    slab = Slab(slice(0, window.size), slice(len(shifts), len(shifts) + len(pairs)), source)
    visible = np.concatenate([single.visible, single.visible[pairs].sum(axis=1)])
    return replace(single, pairs=pairs, visible=visible, slabs=(*single.slabs, slab))


def empty_share(density: float, window: Window) -> float:
    """Share of patches that see nothing of any copy, at that density, well separated."""
    return float(np.clip(1 - density * window.visible_share, 0.02, 0.98))


@lru_cache(maxsize=8)
def origins(window: Window) -> np.ndarray:
    """The template's sample that each sample of a patch sees under each shift; L^d for none.

    Returns
    -------
    int array, shape (S, L^d)
        C_s t = append(t, 0)[origins[s]]. As C_s^T = C_{-s}, the transposes are origins[::-1].
    """
    return sample_index(window.grid - window.shifts[:, None], window)


def shifted(patches: np.ndarray, window: Window) -> np.ndarray:
    """C_s^T of all patches and shifts, shape (m, S, L^d); `patches` is (m, L^d)."""
    padded = np.pad(patches, ((0, 0), (0, 1)))
    return np.take(padded, origins(window)[::-1], axis=1)


def sample_index(places: np.ndarray, window: Window) -> np.ndarray:
    """The flat index of the samples at these places in a window, (..., d) to (...); L^d outside."""
    inside = np.all((places >= 0) & (places < window.shape), axis=-1)
    return np.where(inside, places @ window.strides, window.size)


def _slabs(window: Window) -> tuple[Slab, ...]:
    """Groups of `SLAB_SHIFTS` consecutive shifts of the first axis (one group where d = 1)."""
    (length, *others), (reach, *spread) = window.shape, window.spread
    per_row, shifts_per_row = int(np.prod(others)), int(np.prod(spread))
    step = SLAB_SHIFTS if others else reach
    slabs = []
    for first in range(0, reach, step):
        last = min(first + step, reach) - 1
        low = max(0, first - (length - 1))
        high = min(length, length + last - (length - 1))
        seen = slice(low * per_row, high * per_row)
        group = slice(first * shifts_per_row, (last + 1) * shifts_per_row)
        source = sample_index(window.grid[seen, None] - window.shifts[None, group], window)
        slabs.append(Slab(seen, group, source))
    return tuple(slabs)
