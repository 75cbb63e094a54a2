"""Volumes in a ball of Fourier space, in spherical Bessel functions times spherical harmonics."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mtdbench.errors import InputError
from mtdbench.spaces.normal_matrix import normal
from mtdbench.spaces.translate import displaced
from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.generators import by_rotation, by_translation
from mtdbench.spaces.volume.harmonics import harmonics, radial, turned, turned_back, zeros

if TYPE_CHECKING:
    from mtdbench.moments.bispectrum import Bispectrum

HIGHEST_DEGREE = 10  # of the default basis, as in the 3-D paper; larger windows hold more
COARSEST_DEGREE = 6  # where frequency marching starts


@dataclass(frozen=True)
class Ball:
    """Volumes whose Fourier transform lies within |k| <= R = (L - 1)/2 (k in cycles per window),

        F(k) = sum_{l, m, s} i^l x_{lms} Y_lm(k/|k|) j_ls(|k|),     l <= degree,

    with real harmonics and radial functions (`mtdbench.spaces.volume.harmonics`), orthonormal
    there, so that ||x|| is close to the Frobenius norm of the volume. The factor i^l makes the
    volume real for every real x. Coefficients are ordered (l, m, s): those of a smaller degree are
    the first ones.

    A pose is a unit quaternion of a rotation R: the volume V(R^-1 r), summed along z. By the slice
    theorem that is the transform's section k_z = 0 after D^l(R) has mixed the coefficients:

        P_R x = Psi D(R) x,   Psi[r] = L^-1/2 sum_k cos(2 pi k r / L) or -sin(2 pi k r / L) ...

    with the cosine for even l and the sine for odd l. Volumes are indexed [z, y, x] and images
    [y, x], about the sample L // 2.

    Attributes
    ----------
    window : int
        L.
    degree : int
        ell_max.
    basis : str
        The specification that gave it, see `from_basis`.

    Source: Kreymer, Singer, Bendory, *A stochastic approximate expectation-maximization for
    structure determination directly from cryo-EM micrographs*, the volume and its projections.
    """

    window: int
    degree: int
    basis: str

    name: ClassVar[str] = "ball"
    ndim: ClassVar[int] = 3
    ndim_measurement: ClassVar[int] = 2
    sequential: ClassVar[bool] = False

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
        held = 0
        while zeros(held + 1, np.pi * (window - 1) / 2):
            held += 1
        kind, _, value = basis.partition(":")
        if basis == "auto":
            return cls(window, min(HIGHEST_DEGREE, held), basis)
        if kind != "degree" or not value.isdecimal() or int(value) > held:
            raise InputError(
                f"basis '{basis}' for space 'ball' with window {window}: expected auto or"
                f" degree:l with l at most {held}"
            )
        return cls(window, int(value), basis)

    @property
    def default_poses(self) -> int:
        """552 at degree 10, as in the 3-D paper; fewer where less detail turns, in proportion to
        the cube of the degree, but at least 120.
        """
        return 12 * max(10, round(46 * (self.degree / 10) ** 3))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(L, L, L)."""
        return (self.window, self.window, self.window)

    @property
    def radius(self) -> float:
        """R, the highest frequency, in cycles per window."""
        return (self.window - 1) / 2

    @cached_property
    def radials(self) -> tuple[int, ...]:
        """S(l), the number of radial functions of each degree."""
        return tuple(len(zeros(d, np.pi * self.radius)) for d in range(self.degree + 1))

    @cached_property
    def size(self) -> int:
        """n = sum_l (2 l + 1) S(l)."""
        return sum((2 * d + 1) * count for d, count in enumerate(self.radials))

    def levels(self) -> tuple["Ball", ...]:
        """Degrees 6, 8, 10 ... up to this one's; their coefficients are the first of this one's."""
        degrees = range(self.degree, max(COARSEST_DEGREE - 1, 0), -2)
        coarser = [Ball(self.window, degree, f"degree:{degree}") for degree in degrees[1:]]
        return (*reversed(coarser), self)

    def _degrees(self) -> Iterator[tuple[int, slice]]:
        """Each degree and where its coefficients are."""
        start = 0
        for degree, count in enumerate(self.radials):
            stop = start + (2 * degree + 1) * count
            yield degree, slice(start, stop)
            start = stop

    def by_degree(self, x: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """The coefficients of each degree as an array (..., 2 l + 1, S(l)), and where they are."""
        for degree, part in self._degrees():
            yield part, x[..., part].reshape(*x.shape[:-1], 2 * degree + 1, -1)

    @cached_property
    def odd(self) -> np.ndarray:
        """Whether a coefficient is of odd degree, shape (n,): a reflection changes its sign."""
        odd = np.zeros(self.size, dtype=bool)
        for degree, part in self._degrees():
            odd[part] = degree % 2
        return odd

    def frequencies(self, ndim: int) -> np.ndarray:
        """Half of the whole frequencies in the ball or disc, shape (points, ndim) in x, y, z: 0
        first, then one of each pair k, -k.
        """
        reach = int(self.radius)
        cube = np.indices((2 * reach + 1,) * ndim).reshape(ndim, -1).T - reach
        half = cube[len(cube) // 2 :]
        return half[np.linalg.norm(half, axis=1) <= self.radius][:, ::-1].astype(float)

    def transform(self, points: np.ndarray) -> np.ndarray:
        """The transform's values at k = (x, y, z) for unit coefficients, shape (points, n).

        Real parts for coefficients of even degree, imaginary parts for those of odd degree.
        """
        k = np.linalg.norm(points, axis=1)
        unit = np.where(k[:, None] > 0, points / np.maximum(k, 1e-300)[:, None], [0.0, 0.0, 1.0])
        columns = []
        for degree in range(self.degree + 1):
            y, j = harmonics(degree, unit), radial(degree, self.radius, k)
            sign = (-1) ** (degree // 2)
            columns.append(sign * (y[:, :, None] * j[:, None, :]).reshape(len(points), -1))
        return np.concatenate(columns, axis=1)

    @cached_property
    def section(self) -> np.ndarray:
        """Psi: images of unit coefficients, shape (L^2, n)."""
        k = self.frequencies(2)
        values = self.transform(np.pad(k, ((0, 0), (0, 1))))
        rows = np.indices((self.window,) * 2).reshape(2, -1).T - self.window // 2
        phase = 2 * np.pi / self.window * (rows[:, ::-1] @ k.T)
        twice = np.where(np.any(k != 0, axis=1), 2.0, 1.0) / np.sqrt(self.window)
        even, odd = (np.cos(phase) * twice) @ values, (np.sin(phase) * twice) @ values
        return np.where(self.odd, -odd, even)

    @cached_property
    def _grid(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Half the frequencies, unit coefficients there, and sqrt of how often each counts."""
        k = self.frequencies(3)
        twice = np.sqrt(np.where(np.any(k != 0, axis=1), 2.0, 1.0))
        return k, self.transform(k), twice

    @cached_property
    def _fits(self) -> tuple[np.ndarray, np.ndarray]:
        """Least-squares inverses of the even and of the odd columns of the transform's values."""
        _, values, twice = self._grid
        weighted = values * twice[:, None]
        even, odd = (np.linalg.pinv(weighted[:, which]) for which in (~self.odd, self.odd))
        return even * twice, odd * twice

    def spectrum(self, x: np.ndarray) -> np.ndarray:
        """F at the half ball of frequencies, complex, shape (..., points); x is (..., n)."""
        values = self._grid[1]
        even, odd = (
            x[..., ~self.odd] @ values[:, ~self.odd].T,
            x[..., self.odd] @ values[:, self.odd].T,
        )
        return np.asarray(even + 1j * odd)

    def fit(self, spectrum: np.ndarray) -> np.ndarray:
        """Least-squares coefficients (..., n) of values at the half ball of frequencies."""
        even, odd = self._fits
        x = np.empty((*spectrum.shape[:-1], self.size))
        x[..., ~self.odd], x[..., self.odd] = spectrum.real @ even.T, spectrum.imag @ odd.T
        return x

    def poses(self, count: int) -> np.ndarray:
        """`count` near-uniform rotations, shape (count, 4)."""
        return rotations.grid(count)

    def turned(self, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The rotations, each followed by the same random one."""
        return rotations.compose(rotations.random(rng, 1), poses)

    def quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations and weights, exact for products of three projections' samples."""
        return rotations.quadrature(3 * self.degree)

    def random_poses(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Uniform rotations, shape (count, 4)."""
        return rotations.random(rng, count)

    def turn(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """D(R) x for each pose, shape (K, n): the coefficients of the turned volumes."""
        euler = rotations.angles(poses)
        out = np.empty((len(poses), self.size))
        for part, values in self.by_degree(np.atleast_2d(x)):
            out[:, part] = turned(values, euler).reshape(len(poses), -1)
        return out

    def project(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """Projections of the turned volumes, shape (K, L^2)."""
        return self.turn(x, poses) @ self.section.T

    def adjoint(self, images: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_R P_R^T images_R, shape (n,)."""
        euler, out = rotations.angles(poses), np.empty(self.size)
        for part, values in self.by_degree(images @ self.section):
            out[part] = turned_back(values, euler).sum(axis=0).ravel()
        return out

    def operator(self, poses: np.ndarray) -> np.ndarray:
        """The matrices P_R, shape (K, L^2, n)."""
        euler, pixels = rotations.angles(poses), self.window**2
        out = np.empty((len(poses), pixels, self.size))
        for part, values in self.by_degree(self.section):
            orders, count = values.shape[1:]
            rows = values.transpose(1, 0, 2).reshape(orders, -1)  # D acts on the orders
            back = turned_back(np.eye(orders)[None], euler)  # D^T
            mixed = (back @ rows).reshape(len(poses), orders, pixels, count)
            out[:, :, part] = mixed.transpose(0, 2, 1, 3).reshape(len(poses), pixels, -1)
        return out

    def normal(self, weights: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_R P_R^T diag(weights_R) P_R, shape (n, n)."""
        return normal(self.operator, weights, poses, self.size)

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients of an (L, L, L) volume within the ball, shape (n,)."""
        transform = np.fft.fftn(np.fft.ifftshift(array)) / self.window**1.5
        where = self._grid[0][:, ::-1].astype(int) % self.window
        return self.fit(transform[tuple(where.T)])

    def render(self, x: np.ndarray) -> np.ndarray:
        """The volume, shape (L, L, L)."""
        where, values = self._grid[0][:, ::-1].astype(int), self.spectrum(np.asarray(x))
        transform = np.zeros((self.window,) * 3, dtype=complex)
        transform[tuple(where.T % self.window)] = values
        transform[tuple(-where.T % self.window)] = values.conj()
        return np.asarray(np.fft.fftshift(np.fft.ifftn(transform).real) * self.window**1.5)

    def translate(self, x: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """x moved by `shift` = (x, y, z) samples, circularly, fitted anew; (..., n), (..., 3)."""
        phase = 2 * np.pi / self.window * (shift @ self._grid[0].T)
        return self.fit(self.spectrum(x) * np.exp(-1j * phase))

    def centred(self, x: np.ndarray) -> np.ndarray:
        """x moved so that its circular centre of mass is in the middle of the window."""
        volume, middle = self.render(x), np.arange(self.window) - self.window // 2
        turn = np.exp(2j * np.pi / self.window * middle)
        sums = [np.moveaxis(volume, axis, -1).sum(axis=(0, 1)) @ turn for axis in (2, 1, 0)]
        return self.translate(x, -np.angle(sums) * self.window / (2 * np.pi))

    def align(self, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """x turned, reflected and moved by fractions of samples as near to `truth` as it goes."""
        from mtdbench.spaces.volume.alignment import align

        return align(self, x, truth).x

    def symmetries(self, x: np.ndarray) -> np.ndarray:
        """The derivatives by rotations about, then by translations along x, y, z, shape (6, n)."""
        return np.concatenate([by_rotation(self, x), by_translation(self, x)])

    def displace(self, x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
        """x moved by whole samples along z, y, x, expanded anew."""
        return self.expand(displaced(self.render(x), shift))

    def translates(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """x in the middle of the window: its place is free, and that is the best one."""
        yield self.centred(x)

    def invariants(self) -> "Bispectrum":
        """The bispectrum."""
        from mtdbench.moments.bispectrum import Bispectrum  # which needs a ball itself

        return Bispectrum(self)

    def random(self, rng: np.random.Generator) -> np.ndarray:
        """Samples uniform on [0, 1] under a Gaussian of width L/6, scaled to mean square 1."""
        distance = np.linalg.norm(np.indices((self.window,) * 3) - self.window // 2, axis=0)
        volume = rng.uniform(size=distance.shape) * np.exp(-18 * (distance / self.window) ** 2)
        return self.expand(volume / np.sqrt(np.mean(volume**2)))
