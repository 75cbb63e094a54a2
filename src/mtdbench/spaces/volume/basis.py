"""The basis of volumes: spherical Bessel functions times spherical harmonics in a ball of
Fourier space.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.harmonics import (
    harmonics,
    radial,
    rotate_harmonics,
    rotate_harmonics_inverse,
    zeros,
)


@dataclass(frozen=True)
class ShellBasis:
    """Volumes of L^3 samples whose Fourier transform lies within |k| <= R = (L - 1)/2 (k in cycles
    per window),

        F(k) = sum_{l, m, s} i^l x_{lms} Y_lm(k/|k|) j_ls(|k|),     l <= degree.

    Real harmonics and radial functions (`mtdbench.spaces.volume.harmonics`) are orthonormal there,
    so that ||x|| is close to the Frobenius norm of the volume. The factor i^l makes the volume real
    for every real x. Coefficients are ordered (l, m, s): those of a smaller degree are the first
    ones. A shell is a pair (l, s). Volumes are indexed [z, y, x], about the sample L // 2.

    Attributes
    ----------
    length : int
        L.
    degree : int
        ell_max.

    Source: Kreymer, Singer, Bendory, *Expectation-maximization for structure determination directly
    from cryo-EM micrographs*, arXiv:2303.02157v2, the volume.
    """

    length: int
    degree: int

    @property
    def radius(self) -> float:
        """R, the highest frequency, in cycles per window."""
        return (self.length - 1) / 2

    @cached_property
    def radials(self) -> tuple[int, ...]:
        """S(l), the number of radial functions of each degree."""
        return tuple(len(zeros(d, np.pi * self.radius)) for d in range(self.degree + 1))

    @cached_property
    def size(self) -> int:
        """n = sum_l (2 l + 1) S(l)."""
        return sum((2 * d + 1) * count for d, count in enumerate(self.radials))

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
        return self.section_at(np.indices((self.length,) * 2).reshape(2, -1).T)

    @cached_property
    def _section_grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Half the frequencies of a section, and unit coefficients there."""
        k = self.frequencies(2)
        return k, self.transform(np.pad(k, ((0, 0), (0, 1))))

    def section_at(self, places: np.ndarray) -> np.ndarray:
        """Images of unit coefficients at places [y, x] of the window, in samples, (places, 2) to
        (places, n).
        """
        k, values = self._section_grid
        rows = places - self.length // 2
        phase = 2 * np.pi / self.length * (rows[:, ::-1] @ k.T)
        twice = np.where(np.any(k != 0, axis=1), 2.0, 1.0) / np.sqrt(self.length)
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

    def rotate(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """D(R) x for each pose, shape (K, n): the coefficients of the rotated volumes."""
        euler = rotations.angles(poses)
        out = np.empty((len(poses), self.size))
        for part, values in self.by_degree(np.atleast_2d(x)):
            out[:, part] = rotate_harmonics(values, euler).reshape(len(poses), -1)
        return out

    def sum_of_inverses(self, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
        """sum_R D(R)^T x_R of coefficients x_R, (K, n) to (n,): the adjoint of `rotate`."""
        euler, out = rotations.angles(poses), np.empty(self.size)
        for part, values in self.by_degree(x):
            out[part] = rotate_harmonics_inverse(values, euler).sum(axis=0).ravel()
        return out

    @property
    def matrix_entries(self) -> int:
        """Entries of the matrices D^l of one rotation, sum_l (2 l + 1)^2."""
        return sum((2 * degree + 1) ** 2 for degree in range(self.degree + 1))

    def rotation_matrices(self, poses: np.ndarray) -> tuple[np.ndarray, ...]:
        """D^l of each pose, shape (K (2 l + 1), 2 l + 1), for each degree l."""
        euler = rotations.angles(poses)
        orders = range(1, 2 * self.degree + 2, 2)
        each = (rotate_harmonics(np.eye(count)[None], euler) for count in orders)
        return tuple(matrices.reshape(-1, matrices.shape[2]) for matrices in each)

    def rotate_by(self, matrices: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
        """`rotate` of one volume x, (n,), by the matrices of all poses, in one product a degree."""
        out = np.empty((len(matrices[0]), self.size))
        for (part, values), matrix in zip(self.by_degree(x), matrices, strict=True):
            out[:, part] = (matrix @ values).reshape(len(out), -1)
        return out

    def sum_back_by(self, matrices: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
        """`sum_of_inverses` in the same way."""
        out = np.empty(self.size)
        for (part, values), matrix in zip(self.by_degree(x), matrices, strict=True):
            out[part] = (matrix.T @ values.reshape(len(matrix), -1)).ravel()
        return out

    def expand(self, array: np.ndarray) -> np.ndarray:
        """Least-squares coefficients of an (L, L, L) volume within the ball, shape (n,)."""
        transform = np.fft.fftn(np.fft.ifftshift(array)) / self.length**1.5
        index = self._grid[0][:, ::-1].astype(int) % self.length
        return self.fit(transform[tuple(index.T)])

    def render(self, x: np.ndarray) -> np.ndarray:
        """The volume, shape (L, L, L)."""
        index, values = self._grid[0][:, ::-1].astype(int), self.spectrum(np.asarray(x))
        transform = np.zeros((self.length,) * 3, dtype=complex)
        transform[tuple(index.T % self.length)] = values
        transform[tuple(-index.T % self.length)] = values.conj()
        return np.asarray(np.fft.fftshift(np.fft.ifftn(transform).real) * self.length**1.5)

    def translate_circularly(self, x: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """x moved by `shift` = (x, y, z) samples, circularly, fitted anew; (..., n), (..., 3)."""
        phase = 2 * np.pi / self.length * (shift @ self._grid[0].T)
        return self.fit(self.spectrum(x) * np.exp(-1j * phase))


def highest_degree(length: int) -> int:
    """The highest degree that has a radial function in a window of L samples along each axis."""
    held = 0
    while zeros(held + 1, np.pi * (length - 1) / 2):
        held += 1
    return held
