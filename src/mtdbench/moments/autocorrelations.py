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
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mtdbench.files import let_go

TILES = 1024
MOST_TILES = 4096  # more, of very many micrographs, are added up
TILE_WINDOWS = 4  # a tile is at least so many windows wide: tiles are then nearly independent
WORKSPACE = 2**18
# BLAS has kernels for products of up to so many multiplications, and is several times slower on a
# longer one of few lags (less than THIN).
PRODUCT = 10**6
THIN = 64


@dataclass(frozen=True, slots=True, eq=False)
class Lags:
    """All lags shorter than `width` along every axis.

    Attributes
    ----------
    width : int
        L for all lags of a window, less to leave out the long ones.
    lags : int array, shape (H, d)
        One of each pair l, -l, in C order, 0 first.
    pairs : int array, shape (2, D3)
        Index pairs (a, b), a <= b, whose difference is such a lag too.
    unbiased : bool array, shape (1 + H + D3,)
        Whether a moment (in the order m1, m2, m3) is free of noise bias.
    """

    width: int
    lags: np.ndarray
    pairs: np.ndarray
    unbiased: np.ndarray

    @property
    def count(self) -> int:
        """1 + H + D3 moments."""
        return len(self.unbiased)


@lru_cache(maxsize=8)
def lags(width: int, ndim: int) -> Lags:
    """All lags shorter than `width` along each of d axes."""
    reach = 2 * width - 1
    cube = np.indices((reach,) * ndim).reshape(ndim, -1).T - (width - 1)
    half = cube[len(cube) // 2 :]  # C order: the centre is lag 0, what follows is the half space
    a, b = np.triu_indices(len(half))
    fits = np.all(np.abs(half[b] - half[a]) < width, axis=1)
    a, b = a[fits], b[fits]
    free = np.concatenate([[True], np.arange(len(half)) > 0, (a > 0) & (a < b)])
    return Lags(width, half, np.stack([a, b]), free)


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


def measured(samples: np.ndarray, width: int, ndim: int | None = None) -> Moments:
    """All moments of a measurement over lags shorter than `width`.

    The measurement is streamed tile by tile, and one in a file is not kept in memory. The sums
    within a tile are in the precision of the samples, float32 or float64; those over tiles are in
    float64.

    Parameters
    ----------
    samples : array, shape (N,) * d or (M,) + (N,) * d
        The measurement, or M micrographs, whose sums add up.
    width : int
    ndim : int or None
        d; all axes where None.
    """
    ndim = ndim or samples.ndim
    stack = samples if samples.ndim > ndim else samples[None]
    geometry = lags(width, ndim)
    side = max(TILE_WINDOWS * width, int((samples.size / TILES) ** (1 / ndim)))
    precision = np.float32 if samples.dtype == np.float32 else np.float64
    row = side ** (ndim - 1) * len(geometry.lags)
    workspace = np.empty((2, max(WORKSPACE, row)), precision)
    corners = list(np.ndindex(*(-(-size // side) for size in stack.shape[1:])))
    count = len(stack) * len(corners)
    together = -(-count // MOST_TILES)
    sums = np.zeros((-(-count // together), geometry.count))
    for number, (micrograph, corner) in enumerate(product(stack, corners)):
        sums[number // together] += _tile(micrograph, corner, side, geometry, workspace)
        let_go(samples)
    sums /= samples.size
    return Moments(sums.sum(axis=0), sums * len(sums))


def _tile(
    samples: np.ndarray,
    corner: tuple[int, ...],
    side: int,
    geometry: Lags,
    workspace: np.ndarray,
) -> np.ndarray:
    """Sums over the base points i of one tile, in slices that fit the workspace."""
    bounds = [
        (c * side, min((c + 1) * side, size)) for c, size in zip(corner, samples.shape, strict=True)
    ]
    (start, stop), count = bounds[0], len(geometry.lags)
    row = side ** (samples.ndim - 1) * count
    most = workspace.shape[1] // row  # steps along the first axis
    short = min(max(1, 2 * PRODUCT // (row * count)), most) if count < THIN else most
    total = np.zeros(geometry.count)
    while start < stop:
        blocks = max(1, min(most, stop - start) // short)  # what is left over is a shorter one
        bounds[0] = (start, min(start + blocks * short, stop))
        box = _with_margin(samples, bounds, geometry.width).astype(workspace.dtype, copy=False)
        total += _sums(box, blocks, geometry, workspace)
        start = bounds[0][1]
    return total


def _with_margin(samples: np.ndarray, bounds: list[tuple[int, int]], width: int) -> np.ndarray:
    """The box, with what its lags reach: width - 1 samples behind it on the first axis and on both
    sides of the others, zeros outside the measurement.
    """
    slices, pads = [], []
    for axis, ((low, high), size) in enumerate(zip(bounds, samples.shape, strict=True)):
        before = 0 if axis == 0 else width - 1
        slices.append(slice(max(low - before, 0), min(high + width - 1, size)))
        pads.append((max(before - low, 0), max(high + width - 1 - size, 0)))
    box = samples[tuple(slices)]
    return np.pad(box, pads) if np.any(pads) else box


def _sums(box: np.ndarray, blocks: int, geometry: Lags, workspace: np.ndarray) -> np.ndarray:
    """m1, m2, m3 as sums over the base points of a box with its margin, cut into equal blocks.

    All lags at once are one product: with W[a, i] = y[i + l_a], m3 = (W diag(y)) W^T. The lags are
    the end of the cube of all lags from its centre on, so W is filled by two strided copies.
    """
    width, ndim, count = geometry.width, box.ndim, len(geometry.lags)
    reach = (width,) + (2 * width - 1,) * (ndim - 1)
    points = [n - r + 1 for n, r in zip(box.shape, reach, strict=True)]
    points[0] //= blocks
    strides = (points[0] * box.strides[0], *2 * box.strides)
    views = as_strided(box, (blocks, *reach, *points), strides, writeable=False)
    size = blocks * count * int(np.prod(points))  # views[block, lag, i] is y[i + l]
    shifted, weighted = (part[:size].reshape(blocks, count, -1) for part in workspace)
    if ndim == 1:
        np.copyto(shifted, views)
    else:
        to = shifted.reshape(blocks, count, *points)
        np.copyto(to[:, :width], views[:, 0, width - 1 :])
        np.copyto(to[:, width:].reshape(blocks, width - 1, -1, *points), views[:, 1:])
    base = shifted[:, :1]
    np.multiply(shifted, base, out=weighted)
    third, half = np.zeros((count, count)), count // 2
    across = shifted.transpose(0, 2, 1)
    third[:half] = (weighted[:, :half] @ across).sum(axis=0)  # a <= b is all that is needed
    third[half:, half:] = (weighted[:, half:] @ across[:, :, half:]).sum(axis=0)
    second = (shifted @ base.transpose(0, 2, 1)).sum(axis=0)[:, 0]
    a, b = geometry.pairs
    return np.concatenate([[base.sum()], second, third[a, b]])


def noise_bias(sigma: float, mean: float, geometry: Lags) -> np.ndarray:
    """What white noise adds to the moments, shape (D,).

    sigma^2 to m2[0]; sigma^2 m1 to m3 for each of l1 = 0, l2 = 0, l1 = l2.
    """
    a, b = geometry.pairs
    second = np.zeros(len(geometry.lags))
    second[0] = sigma**2
    third = sigma**2 * mean * ((a == 0).astype(float) + (b == 0) + (a == b))
    return np.concatenate([[0.0], second, third])


def model(templates: Any, geometry: Lags, xp: Any, shares: Any = None) -> Any:
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
    shifted = shifted_templates(templates, geometry, xp).reshape(-1, len(geometry.lags))
    base = shifted[:, :1] * xp.repeat(shares, pixels)[:, None]
    a, b = geometry.pairs
    third = (shifted * base).T @ shifted
    second = (shifted.T @ base)[:, 0]
    return xp.concatenate([base.sum()[None], second, third[a, b]]) / pixels


def shifted_templates(templates: Any, geometry: Lags, xp: Any) -> Any:
    """I(r + l) of each template, zero outside, shape (K, L^d, H)."""
    source = _template_lags(templates.shape[1], geometry)
    padded = xp.concatenate([templates, xp.zeros((len(templates), 1))], axis=1)
    return padded[:, source]


def _template_lags(pixels: int, geometry: Lags) -> np.ndarray:
    """Template pixel r + l for each pixel r and lag l; L^d where that lies outside."""
    ndim = geometry.lags.shape[1]
    window = round(pixels ** (1 / ndim))
    places = np.indices((window,) * ndim).reshape(ndim, -1).T
    landing = places[:, None] + geometry.lags
    inside = np.all((landing >= 0) & (landing < window), axis=2)
    strides = window ** np.arange(ndim - 1, -1, -1)
    return np.where(inside, landing @ strides, pixels)
