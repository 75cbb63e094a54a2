"""Autocorrelations of a measurement and of the model, up to the third order.

With lags l1, l2 on a half space, so that every unordered triple of samples counts once, and zeros
outside the measurement (of several micrographs, outside each: no product mixes two of them),

    m1 = sum_i y_i / N^d,   m2[l] = sum_i y_i y_{i+l} / N^d,
    m3[l1, l2] = sum_i y_i y_{i+l1} y_{i+l2} / N^d.

Well-separated copies at density gamma have the moments gamma / L^d times the mean over poses of the
same sums over the zero-padded template.

Source: Kreymer, Bendory, *Two-dimensional multi-target detection: an autocorrelation analysis
approach*; Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with
application to cryo-electron microscopy* (1-D).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mtdbench.files import release_pages
from mtdbench.model.shifts import sample_index
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of
from mtdbench.spaces.window import Window, cube_side


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
class Lags:
    """All lags shorter than a box along every axis.

    Attributes
    ----------
    box : Window
        The window for all lags of a window, less to leave out the long ones.
    lags : int array, shape (H, d)
        One of each pair l, -l, in C order, 0 first.
    pairs : int array, shape (2, D3)
        Index pairs (a, b), a <= b, whose difference is such a lag too.
    unbiased : bool array, shape (1 + H + D3,)
        Whether a moment (in the order m1, m2, m3) is free of noise bias.
    """

    box: Window
    lags: np.ndarray
    pairs: np.ndarray
    unbiased: np.ndarray

    @property
    def count(self) -> int:
        """1 + H + D3 moments."""
        return len(self.unbiased)


@lru_cache(maxsize=8)
def lags(box: Window) -> Lags:
    """All lags shorter than the box along each of its axes."""
    # C order: the centre is lag 0, what follows is the half space.
    half = box.shifts[len(box.shifts) // 2 :]
    a, b = np.triu_indices(len(half))
    fits = np.all(np.abs(half[b] - half[a]) < box.shape, axis=1)
    a, b = a[fits], b[fits]
    free = np.concatenate([[True], np.arange(len(half)) > 0, (a > 0) & (a < b)])
    return Lags(box, half, np.stack([a, b]), free)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Moments of a measurement, and how they scatter from tile to tile.

    Attributes
    ----------
    values : array, shape (D,)
        m1, m2, m3 in the order of `Lags`, noise bias included.
    tiles : array, shape (T, D)
        The moments of each tile, times the tile's share of the samples times T.
    """

    values: np.ndarray
    tiles: np.ndarray


def measured_moments(
    stack: np.ndarray, box: Window, tiling: Tiling = TILING, ranks: Ranks = ONE_RANK
) -> Moments:
    """All moments of a measurement over lags shorter than the box.

    The measurement is streamed tile by tile, and one in a file is not kept in memory. The sums
    within a tile are in the precision of the samples, float32 or float64; those over tiles are in
    float64. Ranks have different tiles; the moments do not depend on how many ranks there are.

    Parameters
    ----------
    stack : array, shape (M,) + (N,) * d
        The micrographs, whose sums add up.
    box : Window
    tiling : Tiling
    ranks : Ranks
    """
    geometry, sides = lags(box), tiling.sides(box, stack.size)
    precision = np.float32 if stack.dtype == np.float32 else np.float64
    row = prod(sides[1:]) * len(geometry.lags)
    workspace = np.empty((2, max(tiling.workspace, row)), precision)
    steps = zip(stack.shape[1:], sides, strict=True)
    corners = list(np.ndindex(*(-(-size // side) for size, side in steps)))
    count = len(stack) * len(corners)
    together = -(-count // tiling.most)
    tiles = share_of(ranks, -(-count // together))

    def share() -> np.ndarray:
        sums = np.zeros((len(tiles), geometry.count))
        for number in range(tiles.start * together, min(tiles.stop * together, count)):
            micrograph, corner = stack[number // len(corners)], corners[number % len(corners)]
            row = number // together - tiles.start
            sums[row] += _tile(micrograph, corner, sides, geometry, workspace, tiling)
            release_pages(stack)
        return sums

    sums = ranks.stacked(share)
    sums /= stack.size
    return Moments(sums.sum(axis=0), sums * len(sums))


def _tile(
    samples: np.ndarray,
    corner: tuple[int, ...],
    sides: tuple[int, ...],
    geometry: Lags,
    workspace: np.ndarray,
    tiling: Tiling,
) -> np.ndarray:
    """Sums over the base points i of one tile, in slices that fit the workspace."""
    bounds = [
        (c * side, min((c + 1) * side, size))
        for c, side, size in zip(corner, sides, samples.shape, strict=True)
    ]
    (start, stop), count = bounds[0], len(geometry.lags)
    row = prod(sides[1:]) * count
    most = workspace.shape[1] // row  # steps along the first axis
    few = min(max(1, 2 * tiling.product // (row * count)), most)
    short = few if count < tiling.thin else most
    total = np.zeros(geometry.count)
    while start < stop:
        blocks = max(1, min(most, stop - start) // short)  # what is left over is a shorter one
        bounds[0] = (start, min(start + blocks * short, stop))
        part = _with_margin(samples, bounds, geometry.box.shape)
        part = part.astype(workspace.dtype, copy=False)
        total += _sums(part, blocks, geometry, workspace)
        start = bounds[0][1]
    return total


def _with_margin(
    samples: np.ndarray, bounds: list[tuple[int, int]], widths: tuple[int, ...]
) -> np.ndarray:
    """The box, with what its lags reach: width - 1 samples behind it on the first axis and on both
    sides of the others, zeros outside the measurement.
    """
    slices, pads = [], []
    sides = zip(bounds, samples.shape, widths, strict=True)
    for axis, ((low, high), size, width) in enumerate(sides):
        before = 0 if axis == 0 else width - 1
        slices.append(slice(max(low - before, 0), min(high + width - 1, size)))
        pads.append((max(before - low, 0), max(high + width - 1 - size, 0)))
    box = samples[tuple(slices)]
    return np.pad(box, pads) if np.any(pads) else box


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


def noise_bias(sigma: float, mean: float, geometry: Lags) -> np.ndarray:
    """What white noise adds to the moments, shape (D,).

    sigma^2 to m2[0]; sigma^2 m1 to m3 for each of l1 = 0, l2 = 0, l1 = l2.
    """
    a, b = geometry.pairs
    second = np.zeros(len(geometry.lags))
    second[0] = sigma**2
    third = sigma**2 * mean * ((a == 0).astype(float) + (b == 0) + (a == b))
    return np.concatenate([[0.0], second, third])


def model_moments(
    templates: Any, geometry: Lags, window: Window, xp: Any, shares: Any = None
) -> Any:
    """Moments of well-separated copies at density 1, shape (D,).

    Parameters
    ----------
    templates : array, shape (K, L^d)
        P_g x for a quadrature of poses.
    xp : module
        `numpy` or `jax.numpy`.
    shares : array, shape (K,), or None
        Weights of the quadrature, which sum to 1; None for equal ones.
    """
    count, pixels = templates.shape
    shares = xp.full(count, 1 / count) if shares is None else shares
    shifted = shifted_templates(templates, geometry, window, xp).reshape(-1, len(geometry.lags))
    base = shifted[:, :1] * xp.repeat(shares, pixels)[:, None]
    a, b = geometry.pairs
    third = (shifted * base).T @ shifted
    second = (shifted.T @ base)[:, 0]
    return xp.concatenate([base.sum()[None], second, third[a, b]]) / pixels


def shifted_templates(templates: Any, geometry: Lags, window: Window, xp: Any) -> Any:
    """I(r + l) of each template, zero outside, shape (K, L^d, H)."""
    source = _template_lags(window, geometry)
    padded = xp.concatenate([templates, xp.zeros((len(templates), 1))], axis=1)
    return padded[:, source]


def _template_lags(window: Window, geometry: Lags) -> np.ndarray:
    """The template's sample r + l for each sample r and lag l; L^d where that lies outside."""
    return sample_index(window.grid[:, None] + geometry.lags, window)
