"""Signals on a line: nothing but the samples themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtdbench.spaces.interpolation import linear_moves
from mtdbench.spaces.posing import posing_as_before
from mtdbench.spaces.protocol import Posing
from mtdbench.spaces.translate import small_shifts, translated
from mtdbench.spaces.window import Window

FARTHEST = 2  # samples of the shift candidates


@dataclass(frozen=True, slots=True)
class Line:
    """Signals of L samples; the only pose is the identity, so P_g = I and n = L.

    Attributes
    ----------
    length : int
        L.

    Source: Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with application to
    cryo-electron microscopy*, the measurement model.
    """

    length: int

    name: ClassVar[str] = "line"
    kind: ClassVar[str] = "signal"
    ndim: ClassVar[int] = 1
    has_ordered_copies: ClassVar[bool] = True
    place_is_free: ClassVar[bool] = False
    basis: ClassVar[str] = "auto"
    default_poses: ClassVar[int] = 1
    move_margin: ClassVar[int] = 1

    @property
    def window(self) -> Window:
        """L samples."""
        return Window((self.length,))

    @property
    def size(self) -> int:
        """n = L."""
        return self.length

    @property
    def shape(self) -> tuple[int]:
        """(L,)."""
        return (self.length,)

    def poses(self, count: int) -> np.ndarray:
        """The identity, whatever the count; shape (1, 0)."""
        return np.empty((1, 0))

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The identity: there is nothing to rotate."""
        return poses

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """The identity, and its weight 1."""
        return self.poses(1), np.ones(1)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """`count` times the identity, shape (count, 0)."""
        return np.empty((count, 0))

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """P_g = I for each pose, shape (K, L, L)."""
        return np.broadcast_to(np.eye(self.size), (len(poses), self.size, self.size))

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """x for each pose, shape (K, L)."""
        return np.broadcast_to(x, (len(poses), self.size))

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g images_g, shape (L,)."""
        return images.sum(axis=0)

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g diag(weights_g), shape (L, L)."""
        return np.diag(weights.sum(axis=0))

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        """Signals that are linear between their samples, shape (Q, L + 2, L)."""
        return linear_moves(self.window, fractions)

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """x for each pose, shape (K, L)."""
        return self.project(x, poses)

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g posed_g, shape (L,)."""
        return self.adjoint(posed, poses)

    def posing(self, poses: np.ndarray) -> Posing:
        """`posed` and `posed_adjoint` of these poses."""
        return posing_as_before(self, poses)

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The basis for each pose, shape (K, L + 2, L)."""
        return np.broadcast_to(basis, (len(poses), *basis.shape[1:]))

    def expand(self, array: np.ndarray) -> np.ndarray:
        """The samples as they are, shape (L,)."""
        return np.array(array, dtype=float)

    def render(self, x: np.ndarray) -> np.ndarray:
        """The samples as they are, shape (L,)."""
        return np.array(x, dtype=float)

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x itself: a signal is identifiable as it stands."""
        return x

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """None, shape (0, L)."""
        return np.empty((0, self.size))

    def resolution_levels(self) -> tuple["Line"]:
        """Only the line itself."""
        return (self,)

    def recentred(self, x: np.ndarray) -> np.ndarray:
        """x itself: its place in the window is not free."""
        return x

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved right by `shift[0]` samples, zeros moved in."""
        return translated(x, shift)

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x moved by one and two samples."""
        return (self.translate(x, shift) for shift in small_shifts(FARTHEST, self.ndim))

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Entries uniform on [0, 1], scaled to mean square 1."""
        x = rng.uniform(size=self.length)
        return x / np.sqrt(np.mean(x**2))
