"""Copies behind a filter, or between the samples of a measurement, in every space."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mtdbench.model.filters import Filter, Identity
from mtdbench.spaces.normal_matrix import ENTRIES, normal_matrix
from mtdbench.spaces.protocol import Space
from mtdbench.spaces.window import Window

UNFILTERED = Identity()

FEW = 64
"""Bases that are kept: one for each fraction of a grid, or for each optics group."""


@dataclass(frozen=True, slots=True)
class BasisProjector:
    """The projector of a space whose copies are moved by fractions of a sample and then filtered,

        A P_{g,f} x = (A B_f) D_g x,

    D_g x the coefficients of the object in pose g, B_f what each of them shows when the object is
    moved by f = (f_1, ..., f_d), in samples. The filter acts on n functions of a basis once,
    instead of on the projections in all poses every time.

    Attributes
    ----------
    space : Space
    filter : Filter
        A.
    between : bool
        Whether copies lie between samples: poses have the fractions as d more coordinates then,
        shape (K, p + d), and a projection is wider by `Space.move_margin` on each side. Else f = 0.
    """

    space: Space
    filter: Filter = UNFILTERED
    between: bool = True

    @property
    def moved_window(self) -> Window:
        """The window in which a moved copy shows, before the filter."""
        return self.space.window.grown(self.space.move_margin if self.between else 0)

    @property
    def window(self) -> Window:
        """The window in which a copy shows."""
        return self.moved_window.grown(self.filter.margin)

    @property
    def has_ordered_copies(self) -> bool:
        """False where two copies may be moved by different fractions."""
        return self.space.has_ordered_copies and not self.between

    def split(self, poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The poses alone, (K, p), and the fractions, (K, d)."""
        ndim = self.window.ndim
        if self.between:
            return poses[:, :-ndim], poses[:, -ndim:]
        return poses, np.zeros((len(poses), ndim))

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """A P_{g,f} x for each pose, shape (K, window.size)."""
        poses, fractions = self.split(poses)
        posed = self.space.posed(x, poses)
        images = np.empty((len(poses), self.window.size))
        for rows, basis in self.bases(fractions):
            parts = posed[rows].reshape(len(basis), -1, posed.shape[1])
            images[rows] = (parts @ basis.swapaxes(1, 2)).reshape(-1, images.shape[1])
        return images

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_{g,f} (A P_{g,f})^T images_{g,f}, shape (n,)."""
        poses, fractions = self.split(poses)
        total = np.zeros(self.space.size)
        for rows, basis in self.bases(fractions):
            parts = images[rows].reshape(len(basis), -1, images.shape[1]) @ basis
            total += self.space.posed_adjoint(parts.reshape(-1, basis.shape[2]), poses[rows])
        return total

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices A P_{g,f}, shape (K, window.size, n)."""
        poses, fractions = self.split(poses)
        matrices = np.empty((len(poses), self.window.size, self.space.size))
        for rows, basis in self.bases(fractions):
            matrices[rows] = self.space.posed_operator(basis, poses[rows])
        return matrices

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_{g,f} (A P_{g,f})^T diag(weights_{g,f}) A P_{g,f}, shape (n, n)."""
        return normal_matrix(self.operator, weights, poses, self.space.size)

    def filtered_basis(self, fractions: np.ndarray) -> np.ndarray:
        """A B_f for each fraction, shape (Q, window.size, m)."""
        moved, size = self.space.moved_basis(fractions), self.space.window.grown
        if not self.between:  # what lies beyond the window is 0 then
            inner = (slice(self.space.move_margin, -self.space.move_margin or None),)
            boxed = moved.reshape(len(moved), *size(self.space.move_margin).shape, -1)
            boxed = boxed[(slice(None), *inner * self.window.ndim)]
            moved = boxed.reshape(len(moved), self.moved_window.size, -1)
        images = self.filter.apply(moved.swapaxes(1, 2), self.moved_window)
        return np.ascontiguousarray(images.swapaxes(1, 2))

    def bases(
        self, fractions: np.ndarray, few: int = FEW, entries: int = ENTRIES
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows of each of a few fractions, with the one basis that they share, shape (1, W, m);
        if the fractions are many, rows with a basis each, (rows, W, m), of at most so many entries
        together.
        """
        grid, which = np.unique(fractions, axis=0, return_inverse=True)
        if len(grid) <= few:
            for number, fraction in enumerate(grid):
                rows = np.flatnonzero(which.ravel() == number)
                yield rows, _basis_at(self, tuple(map(float, fraction)))
            return
        chunk = max(1, entries // (self.window.size * self.space.size))
        for start in range(0, len(fractions), chunk):
            rows = np.arange(start, min(start + chunk, len(fractions)))
            yield rows, self.filtered_basis(fractions[rows])


@lru_cache(maxsize=FEW)
def _basis_at(projector: BasisProjector, fraction: tuple[float, ...]) -> np.ndarray:
    return projector.filtered_basis(np.array([fraction]))
