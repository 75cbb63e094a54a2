"""One space more, as a contributor would write it: images of L x 2L pixels that lie either way up.

Its window has two unequal sides, which no space of the package has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtdbench.errors import InputError
from mtdbench.spaces import Window
from mtdbench.spaces.interpolation import linear_moves
from mtdbench.spaces.posing import posing_as_before
from mtdbench.spaces.protocol import Posing
from mtdbench.spaces.translate import small_shifts, translated


@dataclass(frozen=True)
class Plate:
    """Images of L x 2L pixels, n = 2 L^2, as they are (pose 0) or rotated by 180 degrees (pose 1).

    Attributes
    ----------
    length : int
        L.
    """

    length: int

    name: ClassVar[str] = "plate"
    kind: ClassVar[str] = "image"
    basis: ClassVar[str] = "auto"
    ndim: ClassVar[int] = 2
    default_poses: ClassVar[int] = 2
    has_ordered_copies: ClassVar[bool] = False
    place_is_free: ClassVar[bool] = False
    move_margin: ClassVar[int] = 1

    @classmethod
    def from_basis(cls, window: int, basis: str = "auto") -> "Plate":
        if basis != "auto":
            raise InputError(f"basis '{basis}' for space 'plate': expected auto")
        return cls(window)

    @property
    def window(self) -> Window:
        return Window((self.length, 2 * self.length))

    @property
    def size(self) -> int:
        return self.window.size

    @property
    def shape(self) -> tuple[int, ...]:
        return self.window.shape

    def poses(self, count: int) -> np.ndarray:
        return np.array([[0.0], [1.0]])

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return (poses + rng.integers(2)) % 2

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        return self.poses(2), np.full(2, 0.5)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.integers(0, 2, (count, 1)).astype(float)

    def operator(self, poses: np.ndarray) -> np.ndarray:
        upright = np.eye(self.size)
        return np.where(poses[:, :, None] > 0, upright[::-1], upright)

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return np.where(poses > 0, x[::-1], x)

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return np.where(poses > 0, images[:, ::-1], images).sum(axis=0)

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return np.diag(self.adjoint(weights, poses))

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        return linear_moves(self.window, fractions)

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return self.project(x, poses)

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return self.adjoint(posed, poses)

    def posing(self, poses: np.ndarray) -> Posing:
        return posing_as_before(self, poses)

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        return np.where(poses[:, :, None] > 0, basis[..., ::-1], basis)

    def expand(self, array: np.ndarray) -> np.ndarray:
        return np.array(array, dtype=float).reshape(self.size)

    def render(self, x: np.ndarray) -> np.ndarray:
        return np.array(x, dtype=float).reshape(self.shape)

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        return min((x, x[::-1]), key=lambda image: float(np.linalg.norm(image - truth)))

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        return np.empty((0, self.size))

    def resolution_levels(self) -> tuple["Plate"]:
        return (self,)

    def recentred(self, x: np.ndarray) -> np.ndarray:
        return x

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        return self.expand(translated(self.render(x), shift))

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        return (self.translate(x, shift) for shift in small_shifts(1, self.ndim))

    def random(self, rng: np.random.Generator) -> np.ndarray:
        x = rng.uniform(size=self.size)
        return x / np.sqrt(np.mean(x**2))
