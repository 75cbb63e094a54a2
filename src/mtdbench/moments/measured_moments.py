"""Moments of a measurement, streamed tile by tile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from mtdbench.files import release_pages
from mtdbench.moments.autocorrelations import Moments, lags
from mtdbench.moments.product_counts import filled, product_counts
from mtdbench.moments.tile_sums import TILING, Bounds, TileSums, Tiling
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of
from mtdbench.spaces.window import Box, Window


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSamples:
    """Micrographs as their moments read them: without the background, and 0 where nothing was
    measured.

    Attributes
    ----------
    stack : array, shape (M,) + (N,) * d
    background : float
    measured : bool array, shape of the stack, or None
        None for all.
    """

    stack: np.ndarray
    background: float = 0.0
    measured: np.ndarray | None = None

    def read(self, micrograph: int, box: Box) -> np.ndarray:
        """The samples in a box."""
        part = self.stack[micrograph][box]
        if self.background:
            part = part - self.background
        if self.measured is None:
            return part
        return np.where(self.measured[micrograph][box], part, part.dtype.type(0))

    def sums(self, sums: TileSums, micrograph: int, tile: Bounds) -> Iterator[np.ndarray]:
        """The sums over the base points of a tile, shape (D,); then, of a measurement with a mask,
        how many products they are of: the same sums over the mask.
        """
        yield sums.sums(partial(self.read, micrograph), tile)
        release_pages(self.stack)
        if self.measured is not None:
            mask = self.measured[micrograph]
            if mask[sums.reach(tile)].all():
                yield product_counts(tile, sums.shape, sums.geometry)
            else:
                yield sums.sums(mask.__getitem__, tile)


def measured_moments(
    stack: np.ndarray,
    box: Window,
    tiling: Tiling = TILING,
    ranks: Ranks = ONE_RANK,
    background: float = 0.0,
    measured: np.ndarray | None = None,
    micrographs: Sequence[int] | None = None,
) -> Moments:
    """All moments of a measurement over lags shorter than the box.

    The measurement is streamed tile by tile, and one in a file is not kept in memory. The sums
    within a tile are in the precision of the samples, float32 or float64; those over tiles are in
    float64. Ranks have different tiles; the moments do not depend on how many ranks there are.

    Of a measurement with a mask only products count whose samples were all measured. Each moment is
    divided by how many there are, and multiplied by how many there would be without a mask, see
    `mtdbench.moments.product_counts`. Where the products at a lag have the same expectation
    throughout the measurement, as they have where the places of the copies follow one law
    everywhere and do not depend on the mask, the expectation is exactly that of the moments without
    a mask, that of the noise included. Copies of which none is cut off by the edge are rarer along
    it, within a window's length; there a mask changes the mean density of what is measured.

    Parameters
    ----------
    stack : array, shape (M,) + (N,) * d
        The micrographs, whose sums add up.
    box : Window
    tiling : Tiling
    ranks : Ranks
    background : float
        Is subtracted from every sample.
    measured : bool array, shape of the stack, or None
        Which samples were measured; None for all. The others may be NaN.
    micrographs : sequence of int, or None
        Those that count; None for all.

    Raises
    ------
    InputError
        If a mask leaves no product at some lags.
    """
    source, sums = (
        MeasuredSamples(stack, background, measured),
        TileSums.of(stack, lags(box), tiling),
    )
    tiles, kinds = sums.tiles, 1 if measured is None else 2
    chosen = range(len(stack)) if micrographs is None else micrographs
    count = len(chosen) * len(tiles)
    together = -(-count // tiling.most)
    rows = share_of(ranks, -(-count // together))

    def share() -> np.ndarray:
        found = np.zeros((len(rows), kinds, sums.geometry.count))
        for number in range(rows.start * together, min(rows.stop * together, count)):
            micrograph, tile = divmod(number, len(tiles))
            for kind, part in enumerate(source.sums(sums, chosen[micrograph], tiles[tile])):
                found[number // together - rows.start, kind] += part
        return found

    found = ranks.stacked(share)
    total = found[:, 0]
    if measured is not None:
        total = filled(total, found[:, 1], _whole_counts(sums, count, together))
    total /= len(chosen) * prod(sums.shape)
    return Moments(total.sum(axis=0), total * len(total))


def _whole_counts(sums: TileSums, count: int, together: int) -> np.ndarray:
    """How many products there are without a mask, of `count` tiles, so many of them `together`."""
    tiles = sums.tiles
    each = np.array([product_counts(tile, sums.shape, sums.geometry) for tile in tiles])
    numbers = np.array_split(np.arange(count) % len(tiles), np.arange(together, count, together))
    return np.array([each[part].sum(axis=0) for part in numbers])
