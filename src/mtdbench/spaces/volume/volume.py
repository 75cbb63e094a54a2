"""Volumes seen in projections."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar

import numpy as np

from mtdbench.errors import InputError
from mtdbench.spaces.normal_matrix import normal_matrix
from mtdbench.spaces.posing import PosingBy, posing_as_before
from mtdbench.spaces.protocol import Posing
from mtdbench.spaces.translate import translated
from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.alignment import align_volumes
from mtdbench.spaces.volume.basis import ShellBasis, highest_degree
from mtdbench.spaces.volume.generators import by_rotation, by_translation
from mtdbench.spaces.volume.harmonics import rotate_harmonics_inverse
from mtdbench.spaces.window import Window

HIGHEST_DEFAULT = 10  # degree of the default basis, as in the 3-D paper; larger windows hold more
LONGEST_VOLUME = 128  # L at which the sampled basis takes a gigabyte
COARSEST_DEGREE = 6  # where frequency marching starts
MOST_MATRIX_ENTRIES = 2**25  # of the rotations that a solver keeps


@dataclass(frozen=True)
class Ball:
    """Volumes in a basis of shells (`mtdbench.spaces.volume.basis`), which measurements show in
    projections.

    A pose is a unit quaternion of a rotation R: the volume V(R^-1 r), summed along z. By the slice
    theorem that is the section k_z = 0 of the transform after D^l(R) has mixed the coefficients:

        P_R x = Psi D(R) x,   Psi[r] = L^-1/2 sum_k cos(2 pi k r / L) or -sin(2 pi k r / L) ...

    with the cosine for even l and the sine for odd l. Images are indexed [y, x], about the sample
    L // 2.

    Attributes
    ----------
    length : int
        L.
    degree : int
        ell_max.
    basis : str
        The specification that gave it, see `from_basis`.
    coarsest : int
        The degree at which `resolution_levels` start.

    Source: Kreymer, Singer, Bendory, *Expectation-maximization for structure determination directly
    from cryo-EM micrographs*, arXiv:2303.02157v2, the volume and its projections.
    """

    length: int
    degree: int
    basis: str
    coarsest: int = COARSEST_DEGREE

    name: ClassVar[str] = "ball"
    kind: ClassVar[str] = "volume"
    ndim: ClassVar[int] = 3
    has_ordered_copies: ClassVar[bool] = False
    place_is_free: ClassVar[bool] = True
    move_margin: ClassVar[int] = 0

    @classmethod
    def from_basis(cls, window: int, basis: str = "auto") -> "Ball":
        """The ball with the basis of that specification.

        `degree:l`: degrees up to l; `auto`: `degree:10`, or the highest that the window holds.

        Raises
        ------
        InputError
            If the specification is not one of these or the window does not hold that degree.
        """
        if window < 5:
            raise InputError(f"window {window} for space 'ball': expected at least 5")
        if window > LONGEST_VOLUME:
            raise InputError(f"window {window} for space 'ball': expected at most {LONGEST_VOLUME}")
        held = highest_degree(window)
        kind, _, value = basis.partition(":")
        if basis == "auto":
            return cls(window, min(HIGHEST_DEFAULT, held), basis)
        digits = value.isascii() and value.isdecimal() and len(value) < 9
        if kind != "degree" or not digits or int(value) > held:
            raise InputError(
                f"basis '{basis}' for space 'ball' with window {window}: expected auto or"
                f" degree:l with l at most {held}"
            )
        return cls(window, int(value), basis)

    @cached_property
    def window(self) -> Window:
        """L x L samples: of a projection."""
        return Window.cube(self.length, 2)

    @cached_property
    def shells(self) -> ShellBasis:
        """The basis functions."""
        return ShellBasis(self.length, self.degree)

    @property
    def size(self) -> int:
        """n = sum_l (2 l + 1) S(l)."""
        return self.shells.size

    @property
    def default_poses(self) -> int:
        """552 at degree 10, as in the 3-D paper; fewer where there is less detail, in proportion to
        the cube of the degree, but at least 120.
        """
        return 12 * max(10, round(46 * (self.degree / 10) ** 3))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(L, L, L)."""
        return (self.length, self.length, self.length)

    def resolution_levels(self) -> tuple["Ball", ...]:
        """Degrees 6, 8, 10 ... up to this one's; their coefficients are the first of this one's."""
        degrees = range(self.degree, max(self.coarsest - 1, 0), -2)
        coarser = [
            Ball(self.length, degree, f"degree:{degree}", self.coarsest) for degree in degrees[1:]
        ]
        return (*reversed(coarser), self)

    def poses(self, count: int) -> np.ndarray:
        """`count` near-uniform rotations, shape (count, 4)."""
        return rotations.grid(count)

    def randomly_rotated_poses(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The rotations, each followed by the same random one."""
        return rotations.compose(rotations.random(rng, 1), poses)

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations and weights, exact for products of three projections' samples."""
        return rotations.quadrature(3 * self.degree)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Uniform rotations, shape (count, 4)."""
        return rotations.random(rng, count)

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """Projections of the rotated volumes, shape (K, L^2)."""
        return self.shells.rotate(x, poses) @ self.shells.section.T

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_R P_R^T images_R, shape (n,)."""
        return self.shells.sum_of_inverses(images @ self.shells.section, poses)

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_R, shape (K, L^2, n)."""
        return self.posed_operator(self.shells.section[None], poses)

    def moved_basis(self, fractions: np.ndarray) -> np.ndarray:
        """Sections with other phases, shape (Q, L^2, n): a projection is a trigonometric polynomial
        cut to the box of L^2 cells about its samples, and whatever fraction of at most half a
        sample moves it, the box covers the same samples.
        """
        places = self.window.grid - fractions[:, None]
        moved = self.shells.section_at(places.reshape(-1, 2))
        return moved.reshape(len(fractions), self.window.size, self.size)

    def posed(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """Coefficients of the rotated volumes, shape (K, n)."""
        return self.shells.rotate(x, poses)

    def posed_adjoint(self, posed: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The sum of the coefficients, each rotated back, shape (n,)."""
        return self.shells.sum_of_inverses(posed, poses)

    def posing(self, poses: np.ndarray, entries: int = MOST_MATRIX_ENTRIES) -> Posing:
        """The same of these poses; by the matrices D(R), if they have at most so many entries."""
        if self.shells.matrix_entries * len(poses) > entries:
            return posing_as_before(self, poses)
        matrices = self.shells.rotation_matrices(poses)
        return PosingBy(
            partial(self.shells.rotate_by, matrices), partial(self.shells.sum_back_by, matrices)
        )

    def posed_operator(self, basis: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """The images of a basis, their coefficients rotated by each pose, shape (K, W, n)."""
        euler, (bases, pixels) = rotations.angles(poses), basis.shape[:2]
        out = np.empty((len(poses), pixels, self.size))
        for part, values in self.shells.by_degree(basis):
            orders, count = values.shape[2:]
            rows = values.swapaxes(1, 2).reshape(bases, orders, -1)  # D acts on the orders
            inverse = rotate_harmonics_inverse(np.eye(orders)[None], euler)  # D^T
            mixed = (inverse @ rows).reshape(len(poses), orders, pixels, count)
            out[:, :, part] = mixed.transpose(0, 2, 1, 3).reshape(len(poses), pixels, -1)
        return out

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_R P_R^T diag(weights_R) P_R, shape (n, n)."""
        return normal_matrix(self.operator, weights, poses, self.size)

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients of an (L, L, L) volume within the ball, shape (n,)."""
        return self.shells.expand(array)

    def render(self, x: np.ndarray) -> np.ndarray:
        """The volume, shape (L, L, L)."""
        return self.shells.render(x)

    def recentred(self, x: np.ndarray) -> np.ndarray:
        """x moved so that its circular centre of mass is in the middle of the window."""
        volume, middle = self.render(x), np.arange(self.length) - self.length // 2
        wave = np.exp(2j * np.pi / self.length * middle)
        sums = [np.moveaxis(volume, axis, -1).sum(axis=(0, 1)) @ wave for axis in (2, 1, 0)]
        shift = -np.angle(sums) * self.length / (2 * np.pi)
        return self.shells.translate_circularly(x, shift)

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x rotated, reflected and moved by fractions of samples as near to `truth` as it goes."""
        return align_volumes(self.shells, x, truth).x

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """The derivatives by rotations about, then by translations along x, y, z, shape (6, n)."""
        return np.concatenate([by_rotation(self.shells, x), by_translation(self.shells, x)])

    def translate(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved by whole samples along z, y, x, expanded anew."""
        return self.expand(translated(self.render(x), shift))

    def shift_candidates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x in the middle of the window: its place is free, and that is the best one."""
        yield self.recentred(x)

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Samples uniform on [0, 1] under a Gaussian of width L/6, scaled to mean square 1."""
        distance = np.linalg.norm(np.indices((self.length,) * 3) - self.length // 2, axis=0)
        volume = rng.uniform(size=distance.shape) * np.exp(-18 * (distance / self.length) ** 2)
        return self.expand(volume / np.sqrt(np.mean(volume**2)))
