"""Projections of a volume on a grid of any size, as central sections of its Fourier transform."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.fft import fftn, irfft2, next_fast_len
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

PADDED = 2  # the transform is sampled so many times as finely as the volume needs
ORDER = 4  # of the spline that interpolates between its samples


@dataclass(frozen=True)
class Slices:
    """A volume V, ready to be rotated and summed along z: P_R V [y, x] = sum_z V(R^-1 (x, y, z)).

    By the slice theorem the transform of P_R V is the transform of V on the plane that R rotates
    k_z = 0 into. There it is interpolated by a B-spline between the samples of the transform of
    the zero-padded volume. The spline weakens V away from the centre by a known factor, which is
    taken out of V beforehand; what remains is an error of the order 1e-4.

    Attributes
    ----------
    volume : array, shape (F, F, F)
        V, indexed [z, y, x] about the sample F // 2.
    band : float or None
        Frequencies of so many cycles per window and more are left out; None for F/2, which leaves
        out no more than the corners of the transform.
    """

    volume: np.ndarray
    band: float | None = None

    @property
    def side(self) -> int:
        """F."""
        return len(self.volume)

    @cached_property
    def _transform(self) -> tuple[np.ndarray, np.ndarray]:
        """Real and imaginary part of the padded transform, indexed by k_z, k_y, k_x, 0 first."""
        fine = next_fast_len(PADDED * self.side, real=True)
        position = np.arange(self.side) - self.side // 2
        weaker = np.sinc(position / fine) ** (ORDER + 1)
        padded = np.zeros((fine,) * 3, dtype=np.float32)
        padded[np.ix_(*(position % fine,) * 3)] = (
            self.volume / weaker / weaker[:, None] / weaker[:, None, None]
        )
        transform = fftn(padded, overwrite_x=True)
        return np.ascontiguousarray(transform.real), np.ascontiguousarray(transform.imag)

    @cached_property
    def _plane(self) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Frequencies (points, 3) in x, y, z of half a section; where they are in `irfft2`'s."""
        size = self.side
        kx, ky = np.arange(size // 2 + 1), np.fft.fftfreq(size, 1 / size)
        band = min(self.band or size, size / 2)
        rows, columns = np.nonzero(np.hypot(kx, ky[:, None]) < band)
        return np.stack([kx[columns], ky[rows], 0 * rows], axis=1), (rows, columns)

    def project(self, poses: np.ndarray) -> np.ndarray:
        """P_R V for each pose, a unit quaternion (x, y, z, w); float32, shape (K, F^2)."""
        size, (real, imaginary) = self.side, self._transform
        points, (rows, columns) = self._plane
        rotated = np.einsum("kji,pj->ikp", Rotation.from_quat(poses).as_matrix(), points)
        places = rotated[::-1].reshape(3, -1) * (len(real) / size)
        values = np.empty(places.shape[1], dtype=np.complex64)
        for part, source in ((values.real, real), (values.imag, imaginary)):
            map_coordinates(source, places, part, order=ORDER, mode="grid-wrap", prefilter=False)
        section = np.zeros((len(poses), size, size // 2 + 1), dtype=np.complex64)
        section[:, rows, columns] = values.reshape(len(poses), -1)
        images = np.fft.fftshift(irfft2(section, (size, size), overwrite_x=True), axes=(1, 2))
        return images.reshape(len(poses), -1)
