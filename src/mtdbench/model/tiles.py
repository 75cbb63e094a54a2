"""Tiles: boxes of places of micrographs, each with a rim that its neighbours have too."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from mtdbench.model.patches import Patches
from mtdbench.spaces.window import Box, Window

WHOLE_SIDE = 1024  # samples of a tile where all of them are wanted: little of it is rim
DRAWN_SIDE = 320  # where some are drawn: many small ones are more alike than few large ones


@dataclass(frozen=True, slots=True)
class Tile:
    """Some places of a micrograph; a copy's place is its first sample.

    Attributes
    ----------
    micrograph : int
    seen : Box
        Those that are looked at.
    own : Box
        Those of the tile alone.
    samples : Box
        The samples of the micrograph that are the tile's alone.
    """

    micrograph: int
    seen: Box
    own: Box
    samples: Box

    @property
    def shape(self) -> tuple[int, ...]:
        """Places that are looked at, along each axis."""
        return tuple(side.stop - side.start for side in self.seen)

    @property
    def owned(self) -> np.ndarray:
        """Which of them are the tile's own, bool, of that shape."""
        within = zip(self.own, self.seen, strict=True)
        inside = tuple(slice(o.start - s.start, o.stop - s.start) for o, s in within)
        mask = np.zeros(self.shape, dtype=bool)
        mask[inside] = True
        return mask


@dataclass(frozen=True, slots=True)
class Tiled:
    """Micrographs cut into tiles, along the borders of patches.

    Attributes
    ----------
    size : tuple of d ints
        Samples of a micrograph along each axis.
    window : Window
    rim : tuple of d ints
        Places beyond a tile's own that are looked at too, on each side.
    side : int
        Samples of a tile, at most, along each axis.
    """

    size: tuple[int, ...]
    window: Window
    rim: tuple[int, ...]
    side: int

    @property
    def patches(self) -> tuple[int, ...]:
        """Patches of a micrograph along each axis."""
        return tuple(n // length for n, length in zip(self.size, self.window.shape, strict=True))

    @property
    def borders(self) -> list[np.ndarray]:
        """Along each axis the first patches of the tiles, and the number of patches."""
        tiles = [-(-n // self.side) for n in self.size]
        return [
            np.unique(np.arange(t + 1) * n // t) for t, n in zip(tiles, self.patches, strict=True)
        ]

    @property
    def counts(self) -> tuple[int, ...]:
        """Tiles of a micrograph along each axis."""
        return tuple(len(border) - 1 for border in self.borders)

    def numbers(self, patches: Patches) -> np.ndarray:
        """The tiles that some patches are in, among those of all micrographs, sorted."""
        micrographs, corners = patches.places(0, len(patches))
        index = [
            np.searchsorted(border * length, corner, side="right") - 1
            for border, length, corner in zip(
                self.borders, self.window.shape, corners.T, strict=True
            )
        ]
        each = np.ravel_multi_index(tuple(index), self.counts)
        return np.unique(micrographs * prod(self.counts) + each)

    def drawn(self, patches: Patches, rng: np.random.Generator, count: int) -> np.ndarray:
        """The patches of so many tiles as have about `count` of them, drawn at random: their
        indices, sorted.
        """
        every = prod(self.counts) * len(patches.stack)
        some = max(1, round(count * every / patches.total))
        chosen = rng.choice(every, min(some, every), replace=False)
        return np.sort(np.concatenate([self._patches(int(number)) for number in chosen]))

    def tiles(self, numbers: np.ndarray) -> Iterator[Tile]:
        """The tiles of these numbers."""
        for number in numbers:
            micrograph, index = self._at(int(number))
            axes = zip(index, self.borders, self.size, self.window.shape, self.rim, strict=True)
            sides = [_side(*axis) for axis in axes]
            seen, own, samples = (tuple(boxes) for boxes in zip(*sides, strict=True))
            yield Tile(micrograph, seen, own, samples)

    def _at(self, number: int) -> tuple[int, tuple[int, ...]]:
        micrograph, each = divmod(number, prod(self.counts))
        return micrograph, tuple(map(int, np.unravel_index(each, self.counts)))

    def _patches(self, number: int) -> np.ndarray:
        micrograph, index = self._at(number)
        ranges = [np.arange(b[i], b[i + 1]) for i, b in zip(index, self.borders, strict=True)]
        grid = np.meshgrid(*ranges, indexing="ij")
        found = np.ravel_multi_index([each.ravel() for each in grid], self.patches)
        return micrograph * prod(self.patches) + found


def _side(
    index: int, borders: np.ndarray, size: int, length: int, rim: int
) -> tuple[slice, slice, slice]:
    """What a tile sees, its own places and its own samples along an axis. All tiles but those of
    narrow micrographs see equally many places: at the edge the rim is wider on the other side.
    """
    places = size - length + 1
    start, stop = (int(border) * length for border in borders[index : index + 2])
    widest = int(np.diff(borders).max()) * length + 2 * rim + length
    if index == len(borders) - 2:
        stop = size
    own = slice(start, min(stop, places))
    width = min(places, widest)
    first = int(np.clip(start - rim, 0, places - width))
    return slice(first, first + width), own, slice(start, stop)


def tiling(patches: Patches, rim: tuple[int, ...]) -> Tiled:
    """How the micrographs of some patches are cut: all of them into large tiles, or those from
    which some were chosen into small ones.
    """
    side = WHOLE_SIDE if patches.chosen is None else DRAWN_SIDE
    return Tiled(patches.stack.shape[1:], patches.window, rim, side)
