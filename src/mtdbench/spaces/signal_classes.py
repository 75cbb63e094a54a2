"""Signals of several classes: each copy in a measurement is one of K signals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from mtdbench.errors import InputError
from mtdbench.spaces.interpolation import linear_moves
from mtdbench.spaces.posing import posing_as_before
from mtdbench.spaces.protocol import Posing
from mtdbench.spaces.signal import FARTHEST, Line
from mtdbench.spaces.translate import small_shifts, translated
from mtdbench.spaces.window import Window

MOST_CLASSES = 1000
"""Far more than studies of heterogeneity have: matching K signals takes K^2 comparisons."""

LONGEST_SIGNAL = 10_000
"""L at which a matrix of two signals takes nearly a gigabyte."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """K signals of L samples, x = (x_1, ..., x_K), n = K L: heterogeneity.

    A pose is the class of a copy, 0 to K - 1 and uniform, and P_k x = x_k. The rendered object is
    the signals end to end, shape (K L,), so that it is drawn and compared as one signal is; their
    order is not known.

    Attributes
    ----------
    length : int
        L.
    classes : int
        K.

    Source: Bendory, Boumal, Leeb, Levin, Singer, *Multi-target detection with application to
    cryo-electron microscopy*, heterogeneity.
    """

    length: int
    classes: int

    name: ClassVar[str] = "line"
    kind: ClassVar[str] = "signal"
    ndim: ClassVar[int] = 1
    has_ordered_copies: ClassVar[bool] = False
    place_is_free: ClassVar[bool] = False
    move_margin: ClassVar[int] = 1

    @property
    def basis(self) -> str:
        """`classes:K`."""
        return f"classes:{self.classes}"

    @property
    def default_poses(self) -> int:
        """K."""
        return self.classes

    @property
    def window(self) -> Window:
        """L samples."""
        return Window((self.length,))

    @property
    def size(self) -> int:
        """n = K L."""
        return self.classes * self.length

    @property
    def shape(self) -> tuple[int]:
        """(K L,)."""
        return (self.size,)

    def _signals(self, x: np.ndarray) -> np.ndarray:
        """x_1 to x_K, shape (K, L)."""
        return np.reshape(x, (self.classes, self.length))

    def _choice(self, poses: np.ndarray) -> np.ndarray:
        """1 where a pose is that class, shape (poses, K)."""
        return np.asarray(poses == np.arange(self.classes), dtype=float)

    def poses(self, count: int) -> np.ndarray:
        """All classes, whatever the count; shape (K, 1)."""
        return np.arange(float(self.classes))[:, None]

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The classes themselves: there is nothing to rotate."""
        return poses

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """All classes, each with weight 1/K."""
        return self.poses(self.classes), np.full(self.classes, 1 / self.classes)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Classes with equal probabilities, shape (count, 1)."""
        return rng.integers(0, self.classes, (count, 1)).astype(float)

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """P_k, which picks out x_k, shape (poses, L, K L)."""
        return self.posed_operator(np.eye(self.length)[None], poses)

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """x_k for each pose k, shape (poses, L)."""
        return self._signals(x)[poses[:, 0].astype(int)]

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The sum of the images of each class, shape (K L,)."""
        return np.asarray(self._choice(poses).T @ images).reshape(-1)

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """diag of the sum of the weights of each class, shape (K L, K L)."""
        return np.diag(self.adjoint(weights, poses))

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        """Of a signal that is linear between its samples, shape (Q, L + 2, L)."""
        return linear_moves(self.window, fractions)

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """x_k for each pose k, shape (poses, L)."""
        return self.project(x, poses)

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The sum of each class, shape (K L,)."""
        return self.adjoint(posed, poses)

    def posing(self, poses: np.ndarray) -> Posing:
        """`posed` and `posed_adjoint` of these poses."""
        return posing_as_before(self, poses)

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The basis in the columns of each pose's class, shape (poses, W, K L)."""
        blocks = self._choice(poses)[:, None, :, None] * basis[:, :, None, :]
        return blocks.reshape(len(poses), basis.shape[1], self.size)

    def expand(self, array: np.ndarray) -> np.ndarray:
        """The samples as they are, end to end, shape (K L,); from (K L,) or (K, L)."""
        return np.array(array, dtype=float).reshape(self.size)

    def render(self, x: np.ndarray) -> np.ndarray:
        """The signals end to end, shape (K L,)."""
        return np.array(x, dtype=float)

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """The signals of x in the order that minimises ||x' - truth||: an assignment problem."""
        ours, theirs = self._signals(x), self._signals(truth)
        distances = np.sum((theirs[:, None] - ours) ** 2, axis=2)  # (theirs, ours)
        return ours[scipy.optimize.linear_sum_assignment(distances)[1]].reshape(-1)

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """None, shape (0, K L): permutations are no directions."""
        return np.empty((0, self.size))

    def resolution_levels(self) -> tuple["Mixture"]:
        """Only the space itself."""
        return (self,)

    def recentred(self, x: np.ndarray) -> np.ndarray:
        """x itself: the places of signals in the window are not free."""
        return x

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """All signals moved right by `shift[0]` samples, zeros moved in."""
        return translated(self._signals(x), (0, *shift)).reshape(-1)

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x with one of its signals moved by one or two samples: each may be shifted by itself."""
        for shift in small_shifts(FARTHEST, self.ndim):
            moved = self._signals(self.translate(x, shift))
            for k in range(self.classes):
                signals = self._signals(x).copy()
                signals[k] = moved[k]
                yield signals.reshape(-1)

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Independent random signals, as those of `Line`."""
        line = Line(self.length)
        return np.concatenate([line.random(rng) for _ in range(self.classes)])


def signals(window: int, basis: str) -> Line | Mixture:
    """The space of signals with that basis: `auto` is one signal, `classes:K` are K of them.

    Raises
    ------
    InputError
        If the basis is neither, or the window is longer than any that can be used.
    """
    if window > LONGEST_SIGNAL:
        raise InputError(f"window {window} for space 'line': expected at most {LONGEST_SIGNAL}")
    kind, _, value = basis.partition(":")
    digits = kind == "classes" and value.isascii() and value.isdecimal() and len(value) < 9
    many = digits and 1 <= int(value) <= MOST_CLASSES
    if basis != "auto" and not many:
        raise InputError(
            f"basis '{basis}' for space 'line': expected 'auto', or 'classes:K' with K from 1 to"
            f" {MOST_CLASSES}"
        )
    classes = int(value) if many else 1
    return Mixture(window, classes) if classes > 1 else Line(window)
