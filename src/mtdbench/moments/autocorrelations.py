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
from typing import Any

import numpy as np

from mtdbench.model.shifts import sample_index
from mtdbench.spaces.window import Window


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
