"""How much each measured moment counts in a fit."""

from typing import Literal

import numpy as np

from mtdbench.moments.autocorrelations import Lags, Moments

FEWEST_TILES = 8  # of a measurement, for their scatter to say anything
CORRELATION_SPREAD = 0.25  # of h about 1, before anything is measured
Weights = Literal["covariance", "count", "published"]


def count_weights(geometry: Lags, keep: np.ndarray) -> np.ndarray:
    """1 / sqrt(number of moments of the same order), shape (D,); 0 where a moment is left out.

    Source: Kreymer, Bendory, *Two-dimensional multi-target detection: an autocorrelation analysis
    approach*.
    """
    order = np.repeat([0, 1, 2], [1, len(geometry.lags), geometry.pairs.shape[1]])
    kept = np.bincount(order, weights=keep)
    return np.where(keep, 1 / np.sqrt(np.maximum(kept, 1))[order], 0.0)


def published_weights(geometry: Lags, keep: np.ndarray) -> np.ndarray:
    """Roots of 1, 1 / L^d and 1 / L^2d for the orders, shape (D,), on lags without a negative part.

    A pair of lags stands for itself and its exchange, so that it counts twice.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, its autocorrelation analysis.
    """
    forward = np.all(geometry.lags >= 0, axis=1)
    a, b = geometry.pairs
    second = forward / geometry.box.size
    third = (forward[a] & forward[b]) * np.where(a == b, 1, 2) / geometry.box.size**2
    return np.sqrt(np.concatenate([[1.0], second, third])) * keep


def variance_weights(moments: Moments, keep: np.ndarray) -> np.ndarray:
    """1 / standard error of each kept moment from the scatter of the tiles, 0 for others; (D,)."""
    error = moments.tiles.std(axis=0, ddof=1) / np.sqrt(len(moments.tiles))
    return np.where(keep, 1 / error, 0.0)


def covariance_weights(moments: Moments, keep: np.ndarray) -> np.ndarray:
    """W with W^T W the inverse covariance of the kept moments, shape (kept, D).

    The covariance is that of the tiles' moments, divided by their number; its correlations are
    shrunk towards 0 by the share that minimises the expected squared error, and by
    D / (D + 3T) at least: with nearly as many moments D as tiles T, what an inverse shows is
    mostly noise.

    Source: Shalit, Weber, Abas, Kreymer, Bendory, *Generalised autocorrelation analysis*; the
    shrinkage: Schaefer, Strimmer, Stat. Appl. Genet. Mol. Biol. 4 (2005), article 32.
    """
    tiles = moments.tiles[:, keep]
    count, kept = tiles.shape
    deviation = tiles - tiles.mean(axis=0)
    scale = deviation.std(axis=0, ddof=1)
    z = deviation / scale
    correlation = z.T @ z / (count - 1)
    scatter = ((z**2).T @ z**2 / count - correlation**2) / count
    off = ~np.eye(kept, dtype=bool)
    share = float(scatter[off].sum() / (correlation[off] ** 2).sum())
    share = np.clip(share, kept / (kept + 3 * count), 1.0)
    shrunk = (1 - share) * correlation
    np.fill_diagonal(shrunk, 1.0)
    inverse_root = np.linalg.inv(np.linalg.cholesky(shrunk))
    weights = np.zeros((kept, len(keep)))
    weights[:, keep] = inverse_root * (np.sqrt(count) / scale)
    return weights


def weighted_scatter(moments: Moments, weights: np.ndarray) -> float:
    """The root mean square standard error of the weighted moments, near 1 for inverse-covariance
    weights; of very few tiles a hundredth of the moments themselves.
    """
    tiles, values = moments.tiles, moments.values

    def weighed(rows: np.ndarray) -> np.ndarray:
        return rows * weights if weights.shape == values.shape else rows @ weights.T

    if len(tiles) < FEWEST_TILES:
        return float(0.01 * np.sqrt(np.mean(weighed(values) ** 2)))
    deviation = weighed(tiles - tiles.mean(axis=0))
    return float(np.sqrt(np.mean(deviation**2) / len(tiles)))
