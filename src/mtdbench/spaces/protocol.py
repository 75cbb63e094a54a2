"""The protocol that `Line`, `Mixture`, `Disc` and `Ball` fulfil, and the door to them by name."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mtdbench.errors import InputError, unknown

if TYPE_CHECKING:
    from mtdbench.moments.bispectrum import Bispectrum

SPACES = ("line", "disc", "ball")


class Space(Hashable, Protocol):
    """What is estimated: n real coefficients x, and how a pose g shows them in a window, P_g x.

    Poses are rows of coordinates, shape (K, p): p = 0 for `Line` (only the identity), 1 for
    `Mixture` (the number of a class) and `Disc` (an angle in radians), 4 for `Ball` (a unit
    quaternion). Windows are flattened, L^d samples with d = `ndim_measurement`.
    """

    @property
    def name(self) -> str: ...
    @property
    def window(self) -> int: ...  # L
    @property
    def size(self) -> int: ...  # n, the number of coefficients
    @property
    def ndim(self) -> int: ...  # axes of the object: 1, 2, 3
    @property
    def ndim_measurement(self) -> int: ...  # d, axes of the measurement: 1, 2, 2
    @property
    def shape(self) -> tuple[int, ...]: ...  # of the object: (L,) * ndim, of K signals (K L,)
    @property
    def sequential(self) -> bool: ...  # whether copies follow one another, all in the same pose
    @property
    def basis(self) -> str: ...  # the specification that `make_space` takes
    @property
    def default_poses(self) -> int: ...  # K where the user names none

    def poses(self, count: int) -> np.ndarray:
        """Quadrature grid on the pose group, shape (K, p)."""

    def turned(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The poses, all turned alike at random, shape (K, p): a grid that lies elsewhere."""

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Poses (K, p) and weights (K,), summing to 1, that integrate the product of any three
        samples of P_g x over all poses exactly.
        """

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Uniform random poses, shape (count, p)."""

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_g, shape (K, L^d, n)."""

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """P_g x for each pose, shape (K, L^d)."""

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g P_g^T images_g, shape (n,)."""

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g P_g^T diag(weights_g) P_g, shape (n, n)."""

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients, shape (n,), of an array of shape `shape`."""

    def render(self, x: np.ndarray) -> np.ndarray:
        """The signal, image or volume, of shape `shape`."""

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x moved by the symmetry of the problem as near to `truth` as it goes."""

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """The derivatives of x along the symmetries of the problem, shape (q, n): directions in
        which no data tells where x is.
        """

    def levels(self) -> "tuple[Space, ...]":
        """Coarser spaces, the coarsest first and this one last; the coefficients of each are the
        first ones of the next. What frequency marching passes through.
        """

    def centred(self, x: np.ndarray) -> np.ndarray:
        """x moved to the middle of the window where its place is free, else x."""

    def displace(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved by whole samples along each axis; what leaves the window is lost."""

    def translates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x, or a part of it, displaced by a little: ways out of the typical local maximum.

        That is a shifted copy whose rim is cut off. All shifts are equally likely a priori, so only
        the rim tells the right position.
        """

    def invariants(self) -> "Bispectrum | None":
        """What the moments of P_g x over all poses are linear in, where that is far less than they
        are; else None.
        """

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients of a random target, as in the papers."""


def make_space(name: str, window: int, basis: str = "auto") -> Space:
    """The space called `name` (`line`, `disc` or `ball`) with window L.

    Raises
    ------
    InputError
        If the name, the window or the basis is not valid.
    """
    from mtdbench.spaces.image import Disc
    from mtdbench.spaces.signal_classes import signals
    from mtdbench.spaces.volume.volume import Ball

    if window != int(window) or window < 2:
        raise InputError(f"window {window}: expected a whole number of at least 2")
    if name == "line":
        return signals(int(window), basis)
    if name == "disc":
        return Disc.from_basis(int(window), basis)
    if name == "ball":
        return Ball.from_basis(int(window), basis)
    raise unknown("space", name, SPACES)
