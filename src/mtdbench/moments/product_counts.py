"""How many products of samples there are, and moments of a measurement with a mask.

With S[l] the sum of the products at lags l whose samples were all measured, c[l] how many there
are, and c0[l] how many there would be without a mask, the moment is (c0 / c) S / N^d: the mean of
the products that were measured stands for all. Of one tile t of the measurement it counts

    (c0 / c) S_t + R (c0_t - (c0 / c) c_t),   R = S / c,

which adds up to the moment, and scatters from tile to tile as a ratio of sums does: what
was not measured of a tile is filled with the mean R.

Where all were measured, c = c0 and c_t = c0_t, and all of it is S_t to the last bit.
"""

from functools import lru_cache

import numpy as np

from mtdbench.errors import InputError
from mtdbench.moments.autocorrelations import Lags, lags
from mtdbench.spaces.window import Window


def product_counts(
    tile: tuple[tuple[int, int], ...], shape: tuple[int, ...], geometry: Lags
) -> np.ndarray:
    """c0_t: how many products have their base points in a tile and all samples in a micrograph of
    that shape, in the order of `Lags`, shape (D,).
    """
    low, high = _extents(geometry.box)
    first, last = np.transpose(tile)
    start, stop = np.maximum(first, -low), np.minimum(last, np.array(shape) - high)
    return np.prod(np.maximum(stop - start, 0), axis=1, dtype=float)


@lru_cache(maxsize=8)
def _extents(box: Window) -> tuple[np.ndarray, np.ndarray]:
    """How far the samples of each moment lie before and behind its base point, (D, d) each."""
    geometry = lags(box)
    none, (a, b) = np.zeros((1, box.ndim), dtype=int), geometry.lags[geometry.pairs]
    every = [
        np.concatenate([none, pick(geometry.lags, 0), pick(pick(a, b), 0)])
        for pick in (np.minimum, np.maximum)
    ]
    return every[0], every[1]


def filled(sums: np.ndarray, counts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """What each tile counts for moments of all samples, shape (T, D).

    Parameters
    ----------
    sums, counts, whole : arrays, shape (T, D)
        S_t, c_t and c0_t.

    Raises
    ------
    InputError
        If a mask leaves no product at some lags.
    """
    c, c0 = counts.sum(axis=0), whole.sum(axis=0)
    if np.any((c == 0) & (c0 > 0)):
        raise InputError(
            "a mask that leaves no samples at some lags from each other: expected more samples that"
            " were measured, or a smaller width"
        )
    seen = np.maximum(c, 1)  # there are none at lags longer than the measurement
    share, mean = np.where(c, c0 / seen, 1.0), sums.sum(axis=0) / seen
    return np.asarray(share * sums + mean * (whole - share * counts))
