"""The protocols that `Line`, `Mixture`, `Disc` and `Ball` fulfil, by what they are used for."""

from collections.abc import Callable, Hashable, Iterator
from typing import Protocol

import numpy as np

from mtdbench.spaces.window import Window


class Basis(Protocol):
    """What is estimated: n real coefficients x of an object in a basis."""

    @property
    def name(self) -> str: ...  # as study files and the command line have it
    @property
    def kind(self) -> str: ...  # "signal", "image" or "volume": what the object is
    @property
    def basis(self) -> str: ...  # the specification that `make_space` takes
    @property
    def size(self) -> int: ...  # n, the number of coefficients
    @property
    def shape(self) -> tuple[int, ...]: ...  # of the rendered object: (L,) * ndim, or (K L,)
    @property
    def ndim(self) -> int: ...  # axes of the object: 1, 2, 3

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients, shape (n,), of an array of shape `shape`."""

    def render(self, x: np.ndarray) -> np.ndarray:
        """The signal, image or volume, of shape `shape`."""

    def resolution_levels(self) -> "tuple[Space, ...]":
        """Coarser spaces, the coarsest first and this one last; the coefficients of each are the
        first ones of the next. What frequency marching passes through.
        """

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients of a random target, as in the papers, shape (n,)."""


class Poses(Protocol):
    """The poses of a copy: rows of coordinates, shape (K, p).

    p = 0 for `Line` (only the identity), 1 for `Mixture` (the number of a class) and `Disc` (an
    angle in radians), 4 for `Ball` (a unit quaternion, scalar last).
    """

    @property
    def default_poses(self) -> int: ...  # K where the user names none

    def poses(self, count: int) -> np.ndarray:
        """A grid on the poses, nearly uniform, shape (K, p)."""

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The poses, all rotated by the same random one: a grid that lies elsewhere, (K, p)."""

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Poses (K, p) and weights (K,), summing to 1, that integrate the product of any three
        samples of P_g x over all poses exactly.
        """

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Uniform random poses, shape (count, p)."""


class Projector(Protocol):
    """How a pose g shows an object in its window, P_g x; windows are flattened, L^d samples."""

    @property
    def window(self) -> Window: ...  # what a copy occupies of a measurement
    @property
    def has_ordered_copies(self) -> bool: ...  # whether copies follow one another, in one pose

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_g, shape (K, L^d, n)."""

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """P_g x for each pose, shape (K, L^d)."""

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g P_g^T images_g, shape (n,)."""

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g P_g^T diag(weights_g) P_g, shape (n, n)."""


class Posing(Protocol):
    """D_g of some poses g, made ready to be applied many times."""

    @property
    def apply(self) -> Callable[[np.ndarray], np.ndarray]: ...  # x to D_g x, (n,) to (K, m)
    @property
    def adjoint(self) -> Callable[[np.ndarray], np.ndarray]: ...  # sum_g D_g^T, (K, m) to (n,)


class Moves(Protocol):
    """How an object shows that lies between samples: `mtdbench.model.basis_projector` makes of it
    the projections P_{g,f} x = B_f D_g x of objects moved by fractions f of a sample.
    """

    @property
    def move_margin(self) -> int: ...  # samples by which a moved copy exceeds its window

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        """B_f: what unit coefficients show if moved by fractions in [-1/2, 1/2], (Q, d) to
        (Q, W, m) with W samples of the window, grown by `move_margin`.
        """

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """D_g x: the coefficients of the object in each pose, shape (K, m)."""

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_g D_g^T posed_g, shape (n,)."""

    def posing(self, poses: np.ndarray) -> Posing:
        """`posed` and `posed_adjoint` of these poses, for many x."""

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """B_g D_g of one basis B, (1, W, m), or one for each pose, (K, W, m); to (K, W, n)."""


class Gauge(Protocol):
    """What no measurement tells: the symmetries of the problem, and where an object lies."""

    @property
    def place_is_free(self) -> bool: ...  # whether measurements say nothing of the object's place

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x moved by the symmetry of the problem as near to `truth` as it goes."""

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """The derivatives of x along the symmetries of the problem, shape (q, n): directions in
        which no data tells where x is.
        """

    def recentred(self, x: np.ndarray) -> np.ndarray:
        """x moved to the middle of the window where its place is free, else x."""

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved by whole samples along each axis; what leaves the window is lost."""

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x, or a part of it, moved by a little: ways out of the typical local maximum.

        That is a shifted copy whose rim is cut off. All shifts are equally likely a priori, so only
        the rim tells the right position.
        """


class Space(Basis, Poses, Projector, Moves, Gauge, Hashable, Protocol):
    """An object, its poses, how they show it, and what cannot be known of it."""
