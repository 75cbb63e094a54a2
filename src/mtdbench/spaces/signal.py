"""Signals on a line: nothing but the samples themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mtdbench.spaces.translate import displaced, shifts

REACH = 2  # samples of the translates


@dataclass(frozen=True, slots=True)
class Line:
    """Signals of L samples; the only pose is the identity, so P_g = I and n = L.

    Source: Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with application to
    cryo-electron microscopy*, the measurement model.
    """

    window: int

    name: ClassVar[str] = "line"
    ndim: ClassVar[int] = 1
    ndim_measurement: ClassVar[int] = 1
    sequential: ClassVar[bool] = True
    basis: ClassVar[str] = "auto"
    default_poses: ClassVar[int] = 1

    @property
    def size(self) -> int:
        """n = L."""
        return self.window

    @property
    def shape(self) -> tuple[int]:
        """(L,)."""
        return (self.window,)

    def poses(self, count: int) -> np.ndarray:
        """The identity, whatever the count; shape (1, 0)."""
        return np.empty((1, 0))

    def turned(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The identity: there is nothing to turn."""
        return poses

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """The identity, and its weight 1."""
        return self.poses(1), np.ones(1)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """`count` times the identity, shape (count, 0)."""
        return np.empty((count, 0))

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """P_g = I for each pose, shape (K, L, L)."""
        return np.broadcast_to(np.eye(self.window), (len(poses), self.window, self.window))

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """x for each pose, shape (K, L)."""
        return np.broadcast_to(x, (len(poses), self.window))

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g images_g, shape (L,)."""
        return images.sum(axis=0)

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g diag(weights_g), shape (L, L)."""
        return np.diag(weights.sum(axis=0))

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
        return np.empty((0, self.window))

    def levels(self) -> tuple["Line"]:
        """Only the line itself."""
        return (self,)

    def centred(self, x: np.ndarray) -> np.ndarray:
        """x itself: its place in the window is not free."""
        return x

    def displace(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved right by `shift[0]` samples, zeros moved in."""
        return displaced(x, shift)

    def translates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x moved by one and two samples."""
        return (self.displace(x, shift) for shift in shifts(REACH, 1))

    def invariants(self) -> None:
        """None: the moments themselves are few."""

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Entries uniform on [0, 1], scaled to mean square 1."""
        x = rng.uniform(size=self.window)
        return x / np.sqrt(np.mean(x**2))
