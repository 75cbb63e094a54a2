"""Patches of a measurement, cut on demand so that memory stays bounded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.spaces.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Non-overlapping patches of L^d samples, on one grid or on several shifted ones.

    Attributes
    ----------
    stack : array, shape (M,) + (N,) * d
        The micrographs, memory-mapped or not; their patches come one micrograph after the other.
    window : Window
    offsets : tuple of tuples of d ints
        First sample of each grid; neighbours on one grid touch and do not overlap.
    chosen : int array or None
        Indices of the patches that are meant; None for all.
    background : float
        Is subtracted from every sample.
    measured : bool array, shape of the stack, or None
        Where given, samples that were not measured are NaN.
    """

    stack: np.ndarray
    window: Window
    offsets: tuple[tuple[int, ...], ...] = ()
    chosen: np.ndarray | None = None
    background: float = 0.0
    measured: np.ndarray | None = None

    @property
    def _grids(self) -> tuple[tuple[int, ...], ...]:
        return self.offsets or ((0,) * self.window.ndim,)

    def _counts(self, offset: tuple[int, ...]) -> tuple[int, ...]:
        sizes = zip(self.stack.shape[1:], offset, self.window.shape, strict=True)
        return tuple((size - start) // side for size, start, side in sizes)

    @property
    def _each(self) -> int:
        """Patches of one micrograph, on all grids."""
        return sum(int(np.prod(self._counts(offset))) for offset in self._grids)

    @property
    def total(self) -> int:
        """Patches of all micrographs on all grids, chosen or not."""
        return self._each * len(self.stack)

    def __len__(self) -> int:
        return self.total if self.chosen is None else len(self.chosen)

    def sample(self, rng: np.random.Generator, count: int) -> "Patches":
        """`count` of these patches drawn without replacement (all of them if there are no more)."""
        if count >= len(self):
            return self
        index = np.sort(rng.choice(len(self), count, replace=False))
        return replace(self, chosen=index if self.chosen is None else self.chosen[index])

    def between(self, start: int, stop: int) -> "Patches":
        """Those of these patches from `start` to `stop`."""
        if (start, stop) == (0, len(self)):
            return self
        index = np.arange(start, stop) if self.chosen is None else self.chosen[start:stop]
        return replace(self, chosen=index)

    def only(self, which: np.ndarray) -> "Patches":
        """Those of these patches for which a bool array, shape (P,), is true."""
        index = np.flatnonzero(which)
        return replace(self, chosen=index if self.chosen is None else self.chosen[index])

    def places(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Micrographs, shape (stop - start,), and first samples in them, shape (stop - start, d),
        of the patches from `start` to `stop`.
        """
        index = np.arange(start, stop) if self.chosen is None else self.chosen[start:stop]
        micrographs, index = np.divmod(index, self._each)
        corners = np.empty((len(index), self.window.ndim), dtype=np.int64)
        passed = 0
        for offset in self._grids:
            counts = self._counts(offset)
            here = (index >= passed) & (index < passed + np.prod(counts))
            block = np.unravel_index(index[here] - passed, counts)
            corners[here] = np.stack(block, axis=1) * self.window.shape + offset
            passed += int(np.prod(counts))
        return micrographs, corners

    def corners(self, start: int, stop: int) -> np.ndarray:
        """First samples of the patches from `start` to `stop`, shape (stop - start, d)."""
        return self.places(start, stop)[1]

    def chunks(self, size: int, dtype: type = np.float32) -> Iterator[np.ndarray]:
        """The patches in order, at most `size` at a time, each chunk of shape (m, L^d)."""
        windows = every_window(self.stack, self.window)
        for start in range(0, len(self), size):
            micrographs, corners = self.places(start, min(start + size, len(self)))
            index = (micrographs, *corners.T)
            chunk = windows[index].reshape(len(corners), -1)
            chunk = (chunk - self.background if self.background else chunk).astype(
                dtype, copy=False
            )
            if self.measured is not None:
                seen = every_window(self.measured, self.window)[index].reshape(chunk.shape)
                chunk = np.where(seen, chunk, dtype(np.nan))
            yield chunk


def every_window(stack: np.ndarray, window: Window) -> np.ndarray:
    """The windows at all offsets of a stack of micrographs: a view, (M, ...) + window.shape."""
    return sliding_window_view(stack, window.shape, tuple(range(1, stack.ndim)))


def shifted_grids(window: Window, grids: int) -> tuple[tuple[int, ...], ...]:
    """`grids` offsets spread evenly over the window: 1, 2, 4, 9 ... of them.

    Patches on several grids are a composite likelihood: neighbours on one grid share copies, and
    a second grid wins back part of what cutting them apart lost.
    """
    per_axis = next((n for n in range(1, grids + 1) if n**window.ndim >= grids), grids)
    if per_axis**window.ndim == grids:
        lattice = Window.cube(per_axis, window.ndim).grid / per_axis
    else:
        lattice = np.repeat(np.arange(grids)[:, None] / grids, window.ndim, axis=1)
    return tuple(tuple(int(v) for v in row) for row in np.floor(lattice * window.shape))
