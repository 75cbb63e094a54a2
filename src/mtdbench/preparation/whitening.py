"""The kernel that makes the noise white: what is new in a sample, given those before it."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from mtdbench.preparation.noise_covariance import smoothed_spectrum

LARGEST_RADIUS = 3
"""Of a kernel, samples: patches grow by it on every side."""
COVARIANCE_REACH = 2 * LARGEST_RADIUS
"""Lags of the covariance that kernels are made of."""
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


def whitening(covariance: np.ndarray, radius: int | None = None) -> Whitening:
    """The smallest kernel that leaves a flat spectrum, or the best of those up to `LARGEST_RADIUS`.

    Parameters
    ----------
    covariance : array, shape (2 COVARIANCE_REACH + 1,) * d
        Of the noise, by the lag.
    radius : int or None
        That of the kernel, where it is given.
    """
    centre = (len(covariance) // 2,) * covariance.ndim
    spectrum = smoothed_spectrum(covariance)
    none = Whitening(None, float(covariance[centre]), unevenness(spectrum))
    if radius is None and none.unevenness <= FLAT:
        return none
    found = [none]
    for r in range(1, LARGEST_RADIUS + 1) if radius is None else (radius,):
        kernel, variance = predictor(covariance, r)
        response = np.abs(np.fft.fftn(kernel, spectrum.shape)) ** 2
        found.append(Whitening(kernel, variance, unevenness(spectrum * response)))
        if found[-1].unevenness <= FLAT:
            break
    return found[-1] if radius is not None else min(found, key=lambda each: each.unevenness)


def unevenness(spectrum: np.ndarray) -> float:
    """The largest logarithm of a spectrum beside its mean, either way."""
    return float(np.abs(np.log(spectrum / spectrum.mean())).max())


def predictor(covariance: np.ndarray, radius: int) -> tuple[np.ndarray, float]:
    """The kernel of the best linear prediction by the samples before, and its variance.

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
    variance = float(covariance[(reach,) * covariance.ndim] - weights @ across)
    return kernel, variance


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
