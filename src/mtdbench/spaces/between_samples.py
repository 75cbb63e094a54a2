"""Copies that lie between the samples of a measurement, in every space."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mtdbench.spaces.normal_matrix import ENTRIES, normal_matrix
from mtdbench.spaces.protocol import Space
from mtdbench.spaces.window import Window

FEW = 64
"""Fractions of which the moved bases are kept: those of a grid."""


@dataclass(frozen=True, slots=True)
class BetweenSamples:
    """The projector of a space whose copies are moved by fractions of a sample,

        P_{g,f} x = B_f D_g x,

    D_g x the coefficients of the object in pose g, B_f what each of them shows when the object is
    moved by f = (f_1, ..., f_d), in samples. Poses have the fractions as d more coordinates, shape
    (K, p + d). A projection is as wide as the space's window, grown by `Space.move_margin`.

    Attributes
    ----------
    space : Space
    """

    space: Space

    @property
    def window(self) -> Window:
        """The window in which a moved copy shows."""
        return self.space.window.grown(self.space.move_margin)

    @property
    def has_ordered_copies(self) -> bool:
        """False: two copies are moved by different fractions."""
        return False

    def split(self, poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The poses alone, (K, p), and the fractions, (K, d)."""
        return poses[:, : -self.window.ndim], poses[:, -self.window.ndim :]

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """P_{g,f} x for each pose, shape (K, window.size)."""
        poses, fractions = self.split(poses)
        posed = self.space.posed(x, poses)
        images = np.empty((len(poses), self.window.size))
        for rows, basis in self._bases(fractions):
            parts = posed[rows].reshape(len(basis), -1, posed.shape[1])
            images[rows] = (parts @ basis.swapaxes(1, 2)).reshape(-1, images.shape[1])
        return images

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_{g,f} P_{g,f}^T images_{g,f}, shape (n,)."""
        poses, fractions = self.split(poses)
        total = np.zeros(self.space.size)
        for rows, basis in self._bases(fractions):
            parts = images[rows].reshape(len(basis), -1, images.shape[1]) @ basis
            total += self.space.posed_adjoint(parts.reshape(-1, basis.shape[2]), poses[rows])
        return total

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_{g,f}, shape (K, window.size, n)."""
        poses, fractions = self.split(poses)
        matrices = np.empty((len(poses), self.window.size, self.space.size))
        for rows, basis in self._bases(fractions):
            matrices[rows] = self.space.posed_operator(basis, poses[rows])
        return matrices

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_{g,f} P_{g,f}^T diag(weights_{g,f}) P_{g,f}, shape (n, n)."""
        return normal_matrix(self.operator, weights, poses, self.space.size)

    def _bases(
        self, fractions: np.ndarray, few: int = FEW, entries: int = ENTRIES
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows of each of a few fractions, with the one moved basis that they share, shape
        (1, W, m); if the fractions are many, rows with a basis each, (rows, W, m), of at most so
        many entries together.
        """
        grid, which = np.unique(fractions, axis=0, return_inverse=True)
        if len(grid) <= few:
            for number, fraction in enumerate(grid):
                rows = np.flatnonzero(which.ravel() == number)
                yield rows, _moved_basis(self.space, tuple(map(float, fraction)))
            return
        chunk = max(1, entries // (self.window.size * self.space.size))
        for start in range(0, len(fractions), chunk):
            rows = np.arange(start, min(start + chunk, len(fractions)))
            yield rows, self.space.moved_basis(fractions[rows])


@lru_cache(maxsize=FEW)
def _moved_basis(space: Space, fraction: tuple[float, ...]) -> np.ndarray:
    return space.moved_basis(np.array([fraction]))
