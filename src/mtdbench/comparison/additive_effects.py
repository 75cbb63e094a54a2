"""Contestants beside each other where not all of them ran everywhere: an additive model.

The logarithm of what is compared is modelled as

    y[u, j] = a[u] + b[j] + noise,

a[u] the difficulty of unit u (a data set), b[j] the effect of contestant j, fitted by least
squares. Where all ran on all units, b[j] - b[k] is the mean over the units of y[u, j] - y[u, k],
the paired comparison; where not, it is what the paired comparisons agree on. Intervals come from
the bootstrap over clusters of units. With cells for clusters they hold what varies from one
condition to another, not only from one data set to another.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components

RESAMPLES_OF_CELLS = 1000


@dataclass(frozen=True)
class Effects:
    """The effects of contestants, as logarithms.

    Attributes
    ----------
    names : tuple of str
        In ascending order of their effects.
    logs : array, shape (k,)
        Up to a common constant.
    resampled : array, shape (k, n_resamples)
        The same from each resample of the clusters; no columns if there is a single cluster.
    clusters : tuple of int
        In how many clusters each contestant is.
    """

    names: tuple[str, ...]
    logs: np.ndarray
    resampled: np.ndarray
    clusters: tuple[int, ...]

    def interval(self, i: int, base: int | None = None, level: float = 0.95) -> tuple[float, float]:
        """The percentile interval of an effect, relative to `base` if there is one.

        NaN where there were fewer than two clusters.
        """
        drawn = self.resampled[i] - (0 if base is None else self.resampled[base])
        if not drawn.size:
            return float("nan"), float("nan")
        low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def additive_effects(
    values: pd.DataFrame, clusters: np.ndarray, *, n_resamples: int = RESAMPLES_OF_CELLS
) -> Effects:
    """Fit the model, see this module.

    Parameters
    ----------
    values : DataFrame, shape (units, contestants)
        Logarithms; NaN where a contestant has none.
    clusters : array, shape (units,)
        The number of each unit's cluster.
    n_resamples : int

    Returns
    -------
    Effects
        Of the largest set of contestants that shared units connect.
    """
    kept = values[_connected(values)]
    _, cluster = np.unique(clusters, return_inverse=True)
    n = int(cluster.max(initial=-1)) + 1
    matrix, vector = _normal_equations(kept.to_numpy(float))
    summed = np.zeros((n, *matrix.shape[1:])), np.zeros((n, *vector.shape[1:]))
    for total, part in zip(summed, (matrix, vector), strict=True):
        np.add.at(total, cluster, part)
    middle = _solve(np.ones((1, n)), *summed)[0]
    drawn = np.random.default_rng(0).integers(n, size=(n_resamples if n > 1 else 0, n))
    counts = np.array([np.bincount(line, minlength=n) for line in drawn]).reshape(len(drawn), n)
    order = np.argsort(middle, kind="stable")
    names = tuple(str(kept.columns[i]) for i in order)
    seen = kept.notna().to_numpy()
    spread = [len(np.unique(cluster[seen[:, i]])) for i in order]
    return Effects(names, middle[order], _solve(counts, *summed).T[order], tuple(spread))


def _solve(counts: np.ndarray, matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The effects with each cluster taken so many times; counts of shape (r, clusters).

    Shape (r, k); NaN for contestants that are in none of the clusters taken.
    """
    left = np.tensordot(counts, matrix, axes=1)
    right = np.tensordot(counts, vector, axes=1)
    found = (np.linalg.pinv(left, rcond=1e-10, hermitian=True) @ right[..., None])[..., 0]
    return np.where(np.einsum("rkk->rk", left) > 0, found, np.nan)


def _connected(values: pd.DataFrame) -> list[str]:
    """The largest set of contestants that can be compared, be it by way of others."""
    present = values.notna().to_numpy().astype(int)
    _, labels = connected_components(present.T @ present, directed=False)
    counts = np.bincount(labels, weights=present.sum(axis=0)) if len(labels) else np.zeros(1)
    return [
        str(name) for name, label in zip(values, labels, strict=True) if label == counts.argmax()
    ]


def _normal_equations(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each unit adds to the normal equations of b once its a[u] is eliminated.

    Shapes (units, k, k) and (units, k).
    """
    present = np.isfinite(values)
    share = present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    matrix = present[:, :, None] * (np.eye(values.shape[1]) - share[:, None, :])
    return matrix, np.einsum("ujk,uk->uj", matrix, np.where(present, values, 0.0))
