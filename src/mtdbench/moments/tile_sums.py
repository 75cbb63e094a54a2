"""Sums of products of samples over the tiles of a micrograph."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mtdbench.moments.autocorrelations import Lags
from mtdbench.spaces.window import Box, Window, cube_side

Bounds = tuple[tuple[int, int], ...]
"""The first base point of a tile and the one after its last, along each axis."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How a measurement is cut while its moments are summed.

    Attributes
    ----------
    tiles : int
        Tiles of a measurement, about: their scatter is the moments' covariance.
    most : int
        More tiles than that, of very many micrographs, are added up.
    windows : int
        A tile is at least so many windows wide: tiles are then nearly independent.
    workspace : int
        Numbers that are held at once.
    product, thin : int
        BLAS has kernels for products of up to `product` multiplications, and is several times
        slower on a longer one of fewer than `thin` lags.
    """

    tiles: int = 1024
    most: int = 4096
    windows: int = 4
    workspace: int = 2**18
    product: int = 10**6
    thin: int = 64

    def sides(self, box: Window, samples: int) -> tuple[int, ...]:
        """Sides of the tiles of a measurement of so many samples."""
        side = cube_side(samples / self.tiles, box.ndim)
        return tuple(max(self.windows * width, side) for width in box.shape)


TILING = Tiling()


@dataclass(frozen=True, slots=True, eq=False)
class TileSums:
    """The sums of products of samples, in the order of `Lags`, over one tile at a time.

    Attributes
    ----------
    shape : tuple of d ints
        That of a micrograph.
    sides : tuple of d ints
        Those of a tile.
    geometry : Lags
    tiling : Tiling
    workspace : array, shape (2, numbers)
        Its precision is that of the sums.
    """

    shape: tuple[int, ...]
    sides: tuple[int, ...]
    geometry: Lags
    tiling: Tiling
    workspace: np.ndarray

    @classmethod
    def of(cls, stack: np.ndarray, geometry: Lags, tiling: Tiling) -> "TileSums":
        """For the micrographs of a stack, in their precision, float32 or float64."""
        sides = tiling.sides(geometry.box, stack.size)
        precision = np.float32 if stack.dtype == np.float32 else np.float64
        row = prod(sides[1:]) * len(geometry.lags)
        workspace = np.empty((2, max(tiling.workspace, row)), precision)
        return cls(stack.shape[1:], sides, geometry, tiling, workspace)

    @property
    def tiles(self) -> list[Bounds]:
        """The tiles of a micrograph, in C order."""
        axes = [(n, side, -(-n // side)) for n, side in zip(self.shape, self.sides, strict=True)]
        return [
            tuple((c * s, min((c + 1) * s, n)) for c, (n, s, _) in zip(corner, axes, strict=True))
            for corner in np.ndindex(*(count for *_, count in axes))
        ]

    def reach(self, tile: Bounds) -> Box:
        """What the lags reach from the base points of a tile, as far as it is in the micrograph:
        width - 1 samples behind them on the first axis and on both sides of the others.
        """
        sides = zip(tile, self.shape, self.geometry.box.shape, strict=True)
        return tuple(
            slice(low if axis == 0 else max(low - width + 1, 0), min(high + width - 1, size))
            for axis, ((low, high), size, width) in enumerate(sides)
        )

    def sums(self, read: Callable[[Box], np.ndarray], tile: Bounds) -> np.ndarray:
        """Sums over the base points of a tile, in slices that fit the workspace, shape (D,).

        Parameters
        ----------
        read : function
            The samples of a micrograph in a box.
        tile : Bounds
        """
        (start, stop), count = tile[0], len(self.geometry.lags)
        row = prod(self.sides[1:]) * count
        most = self.workspace.shape[1] // row  # steps along the first axis
        few = min(max(1, 2 * self.tiling.product // (row * count)), most)
        short = few if count < self.tiling.thin else most
        total = np.zeros(self.geometry.count)
        while start < stop:
            blocks = max(1, min(most, stop - start) // short)  # what is left over is a shorter one
            bounds = ((start, min(start + blocks * short, stop)), *tile[1:])
            part = self._padded(read(self.reach(bounds)), bounds)
            part = part.astype(self.workspace.dtype, copy=False)
            total += _sums(part, blocks, self.geometry, self.workspace)
            start = bounds[0][1]
        return total

    def _padded(self, part: np.ndarray, bounds: Bounds) -> np.ndarray:
        """What the lags reach, zeros outside the micrograph."""
        pads = []
        sides = zip(bounds, self.shape, self.geometry.box.shape, strict=True)
        for axis, ((low, high), size, width) in enumerate(sides):
            before = 0 if axis == 0 else width - 1
            pads.append((max(before - low, 0), max(high + width - 1 - size, 0)))
        return np.pad(part, pads) if np.any(pads) else part


def _sums(part: np.ndarray, blocks: int, geometry: Lags, workspace: np.ndarray) -> np.ndarray:
    """m1, m2, m3 as sums over the base points of a box with its margin, cut into equal blocks.

    All lags at once are one product: with W[a, i] = y[i + l_a], m3 = (W diag(y)) W^T. The lags are
    the end of the cube of all lags from its centre on, so W is filled by two strided copies.
    """
    width, count = geometry.box.shape[0], len(geometry.lags)
    reach = (width, *geometry.box.spread[1:])
    points = [n - r + 1 for n, r in zip(part.shape, reach, strict=True)]
    points[0] //= blocks
    strides = (points[0] * part.strides[0], *2 * part.strides)
    ahead = as_strided(part, (blocks, *reach, *points), strides, writeable=False)
    size = blocks * count * int(np.prod(points))  # ahead[block, lag, i] is y[i + l]
    shifted, weighted = (half[:size].reshape(blocks, count, -1) for half in workspace)
    _gather(shifted.reshape(blocks, count, *points), ahead)
    base = shifted[:, :1]
    np.multiply(shifted, base, out=weighted)
    third, half = np.zeros((count, count)), count // 2
    across = shifted.transpose(0, 2, 1)
    third[:half] = (weighted[:, :half] @ across).sum(axis=0)  # a <= b is all that is needed
    third[half:, half:] = (weighted[:, half:] @ across[:, :, half:]).sum(axis=0)
    second = (shifted @ base.transpose(0, 2, 1)).sum(axis=0)[:, 0]
    a, b = geometry.pairs
    return np.concatenate([[base.sum()], second, third[a, b]])


def _gather(to: np.ndarray, ahead: np.ndarray) -> None:
    """Copies the shifted samples (blocks, *reach, *points) in the order of the lags: of those with
    lag 0 along the first axis the second half, of all others everything.
    """
    rows = ahead.reshape(*ahead.shape[:2], -1, *to.shape[2:])
    half = rows.shape[2] // 2
    np.copyto(to[:, : half + 1], rows[:, 0, half:])
    rest = to[:, half + 1 :].reshape(*rows[:, 1:].shape)
    np.copyto(rest, rows[:, 1:])
