"""Moments that are equal because a window keeps its shape under flips and exchanges of axes."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np

from mtdbench.moments.autocorrelations import Lags, lags
from mtdbench.spaces.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class LagOrbits:
    """Orbits of moments under the symmetries of a window: flips of axes, and exchanges of axes of
    equal length.

    In a measurement whose poses are uniform and include these, all moments of an orbit have the
    same expectation.

    Attributes
    ----------
    label : int array, shape (D,)
        The orbit of each moment, in the order of `Lags`.
    first : int array, shape (R,)
        A moment of each orbit.
    """

    label: np.ndarray
    first: np.ndarray

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Means over the orbits, (..., D) to (..., R)."""
        order = np.argsort(self.label, kind="stable")
        starts = np.searchsorted(self.label[order], np.arange(len(self.first)))
        return np.asarray(np.add.reduceat(values[..., order], starts, axis=-1) / self.sizes)

    @property
    def sizes(self) -> np.ndarray:
        """The number of moments in each orbit, shape (R,)."""
        return np.bincount(self.label)


@lru_cache(maxsize=8)
def lag_orbits(box: Window, flips: bool, window: Window | None = None) -> LagOrbits:
    """The orbits of the moments over all lags shorter than a box along each axis.

    Parameters
    ----------
    box : Window
    flips : bool
        Whether flips are symmetries. A volume whose window has an even number of samples has no
        sample in its middle, and no flips.
    window : Window or None
        That of the copies: what it loses by an exchange of axes is no symmetry either. None where
        it has the symmetries of the box.
    """
    geometry, ndim = lags(box), box.ndim
    labels: list[np.ndarray] = []
    firsts: list[np.ndarray] = []
    for points in constellations(geometry):
        sides = product(exchanges(box, window or box), product((1, -1)[: 1 + flips], repeat=ndim))
        keys = [
            _key(points[..., list(axes)] * np.array(signs), box.longest) for axes, signs in sides
        ]
        _, first, label = np.unique(np.min(keys, axis=0), return_index=True, return_inverse=True)
        firsts.append(first + sum(map(len, labels)))
        labels.append(label + sum(map(len, firsts[:-1])))
    return LagOrbits(np.concatenate(labels), np.concatenate(firsts))


def exchanges(*windows: Window) -> list[tuple[int, ...]]:
    """The orders of the axes under which all of these windows keep their shapes."""
    every = permutations(range(windows[0].ndim))
    return [
        axes
        for axes in every
        if all(tuple(w.shape[axis] for axis in axes) == w.shape for w in windows)
    ]


def constellations(geometry: Lags) -> tuple[np.ndarray, ...]:
    """The points 0, 0 and l, 0 and l1 and l2 of the moments of each order, shape (D_p, p, d)."""
    a, b = geometry.lags[geometry.pairs]
    here, there = np.zeros_like(geometry.lags), np.zeros_like(a)
    return (
        here[:1, None],
        np.stack([here, geometry.lags], axis=1),
        np.stack([there, a, b], axis=1),
    )


def _key(points: np.ndarray, width: int) -> np.ndarray:
    """A number for each set of p points, whatever their order and place; (M, p, d) to (M,)."""
    base = 4 * width  # differences of points are below 2 width
    powers = base ** np.arange(points.shape[-1])[::-1]
    codes = np.sort(points @ powers, axis=1)
    codes -= codes[:, :1]
    return np.asarray(codes @ (base ** points.shape[-1]) ** np.arange(points.shape[1]))
