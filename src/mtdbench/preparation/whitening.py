"""The kernel that makes the noise white: what is new in a sample, given those before it."""

from dataclasses import dataclass

import numpy as np
import scipy

from mtdbench.preparation.noise_covariance import smoothed_spectrum

LARGEST_RADIUS = 3
"""Of a kernel, samples: patches grow by it on every side."""
SPECTRUM_REACH = 6
"""Lags of the covariance that tell a spectrum."""
COVARIANCE_REACH = SPECTRUM_REACH + 2 * LARGEST_RADIUS
"""Lags of the covariance from which that of whitened noise follows as far."""
FLAT = 0.36
"""Natural logarithm of a spectrum, beside its mean, up to which noise passes for white."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """An autoregressive model of the noise.

    Attributes
    ----------
    kernel : array, shape (2 r + 1,) * d, or None
        1 in the middle, and minus the weights with which each sample is predicted from those before
        it, in C order, at most r away along any axis; else 0. None: the noise is white. Its
        convolution is a triangular matrix with ones on the diagonal: the density of the noise is
        that of the white noise that it leaves, with no factor.
    variance : float
        Of what it leaves.
    unevenness : float
        The largest logarithm of the spectrum that it leaves beside its mean.
    """

    kernel: np.ndarray | None
    variance: float
    unevenness: float


def whitening(
    covariance: np.ndarray, radius: int | None = None, *, symmetric: bool = False
) -> Whitening:
    """The smallest kernel that leaves a flat spectrum, or the best of those up to `LARGEST_RADIUS`.

    Parameters
    ----------
    covariance : array, shape (2 COVARIANCE_REACH + 1,) * d
        Of the noise, by the lag.
    radius : int or None
        That of the kernel, where it is given; at most half the largest lag of the covariance, as
        are those that are tried: that of small micrographs has few lags.
    symmetric : bool
        Whether the kernel is to leave the phases of what it filters as they are.
    """
    none, held = _left(covariance, None), len(covariance) // 4
    if held == 0 or (radius is None and none.unevenness <= FLAT):
        return none
    found = [none]
    for r in range(1, min(LARGEST_RADIUS, held) + 1) if radius is None else (min(radius, held),):
        kernel = predictor(covariance, r)
        found.append(_left(covariance, zero_phase(kernel) if symmetric else kernel))
        if found[-1].unevenness <= FLAT:
            break
    return found[-1] if radius is not None else min(found, key=lambda each: each.unevenness)


def left_covariance(covariance: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The covariance of noise after its convolution with a kernel, at all lags to which that before
    it leads.
    """
    flipped = kernel[(slice(None, None, -1),) * kernel.ndim]
    own = scipy.signal.convolve(kernel, flipped, method="direct")
    return np.asarray(scipy.signal.convolve(covariance, own, mode="valid", method="direct"))


def unevenness(covariance: np.ndarray) -> float:
    """The largest logarithm of the spectrum of noise beside its mean, either way."""
    spare = max(0, len(covariance) // 2 - SPECTRUM_REACH)
    box = (slice(spare, len(covariance) - spare),) * covariance.ndim
    spectrum = smoothed_spectrum(covariance[box])
    return float(np.abs(np.log(spectrum / spectrum.mean())).max())


def _left(covariance: np.ndarray, kernel: np.ndarray | None) -> Whitening:
    left = covariance if kernel is None else left_covariance(covariance, kernel)
    variance = float(left[tuple(n // 2 for n in left.shape)])
    return Whitening(kernel, variance, unevenness(left))


def predictor(covariance: np.ndarray, radius: int) -> np.ndarray:
    """The kernel that leaves of each sample what the best linear prediction by those before lacks,
    shape (2 radius + 1,) * d.

    Parameters
    ----------
    covariance : array, shape (2 R + 1,) * d
        By the lag; R at least 2 `radius`.
    radius : int
    """
    reach = len(covariance) // 2
    shape = (2 * radius + 1,) * covariance.ndim
    lags = np.indices(shape).reshape(covariance.ndim, -1).T - radius
    before = lags[len(lags) // 2 + 1 :]
    between = covariance[tuple(np.moveaxis(before[:, None] - before + reach, -1, 0))]
    across = covariance[tuple((before + reach).T)]
    weights = np.linalg.lstsq(between, across, rcond=1e-10)[0]
    kernel = np.zeros(shape)
    kernel[(radius,) * covariance.ndim] = 1.0
    kernel[tuple((before + radius).T)] = -weights
    return kernel


def zero_phase(kernel: np.ndarray, size: int = 64) -> np.ndarray:
    """The symmetric kernel of the same shape whose Fourier transform is next to the modulus of that
    of a kernel.
    """
    axes = range(kernel.ndim)
    modulus = np.abs(np.fft.fftn(kernel, (size,) * kernel.ndim, axes=axes))
    index = np.arange(len(kernel)) - len(kernel) // 2
    return np.fft.ifftn(modulus, axes=axes).real[np.ix_(*[index] * kernel.ndim)]


def whitened(
    image: np.ndarray, measured: np.ndarray, kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The convolution of a micrograph with a kernel, float32, and where the whole kernel lies on
    samples that were measured, bool.
    """
    flipped = kernel[(slice(None, None, -1),) * kernel.ndim]
    whole = scipy.ndimage.binary_erosion(measured, flipped != 0)
    values = np.where(measured, image, np.float32(0))
    return scipy.ndimage.convolve(values, kernel.astype(np.float32), mode="constant"), whole
