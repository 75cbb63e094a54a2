"""Point-spread functions: what a transfer function makes of one sample of a copy."""

from collections.abc import Sequence
from itertools import starmap
from math import ceil, sqrt

import numpy as np
import scipy.fft

from mtdbench.errors import InputError
from mtdbench.optics.transfer_function import TransferFunction

SHARE = 0.99
"""Of the energy of a point-spread function that its kernel holds."""
LARGEST_MARGIN = 64
"""Of a kernel, samples."""
SIGN_OF_COPIES = -1
"""Copies are light in the model, and what the transfer function begins with is dark: a copy of the
model is shown by minus the function, whatever sign a preparation has given to the samples.
"""
SPARE_SAMPLES = 256
"""Samples of the grid beyond what the slope of the phase says."""


def point_spreads(
    functions: Sequence[TransferFunction],
    ndim: int,
    pixel_size: float,
    margin: int | None = None,
    share: float = SHARE,
) -> list[np.ndarray]:
    """The kernels with which light copies are convolved, one for each function, each of shape
    (2 m + 1,) * d.

    A kernel is the inverse Fourier transform of -CTF on a fine grid, cut at m samples, and then
    shifted by a constant to what the transform is at frequency 0: the nearest of its size with the
    right sum, so that means are exact.

    Parameters
    ----------
    functions : sequence of TransferFunction
    ndim : int
        d.
    pixel_size : float
        Angstrom to a sample, after binning.
    margin : int or None
        m; None for the smallest at which every kernel holds a share of its energy.
    share : float

    Raises
    ------
    InputError
        If a value is not valid, or the kernels would be too large.
    """
    if not (np.isfinite(pixel_size) and pixel_size > 0):
        raise InputError(f"pixel_size {pixel_size}: expected a positive number of angstrom")
    if not 0 < share < 1:
        raise InputError(f"share {share}: expected a number between 0 and 1")
    side = _grid_side(functions, ndim, pixel_size, margin or 0)
    spectra = [_spectrum(function, side, ndim, pixel_size) for function in functions]
    spreads = [np.fft.fftshift(scipy.fft.ifftn(each).real) for each in spectra]
    if margin is None:
        margin = max(margin_of(spread, share) for spread in spreads)
    if not 0 <= margin <= LARGEST_MARGIN:
        raise InputError(
            f"the transfer function spreads a copy over {margin} samples of {pixel_size:g} angstrom"
            f" on each side: expected at most {LARGEST_MARGIN}, with larger samples, or a margin"
        )
    zeros = [float(spectrum.flat[0]) for spectrum in spectra]
    return list(starmap(_cut, zip(spreads, [margin] * len(spreads), zeros, strict=True)))


def margin_of(spread: np.ndarray, share: float) -> int:
    """The smallest margin at which a point-spread function, its middle at n // 2 along each axis,
    has that share of its energy inside.
    """
    within = np.cumsum(np.bincount(_distances(spread).ravel(), np.square(spread).ravel()))
    return int(np.argmax(within >= share * within[-1]))


def _distances(spread: np.ndarray) -> np.ndarray:
    """The largest component of the lag of each sample from the middle."""
    lags = np.indices(spread.shape) - np.reshape(spread.shape, (-1,) + (1,) * spread.ndim) // 2
    return np.abs(lags).max(axis=0)


def _grid_side(
    functions: Sequence[TransferFunction], ndim: int, pixel_size: float, margin: int
) -> int:
    """Samples along an axis of a grid that no point-spread function is wrapped around on."""
    corner = sqrt(ndim) / (2 * pixel_size)
    reach = max(each.slope(corner) for each in functions) / pixel_size
    reach = max(min(reach, 4 * LARGEST_MARGIN), margin)
    return int(scipy.fft.next_fast_len(SPARE_SAMPLES + 4 * ceil(reach)))


def _spectrum(function: TransferFunction, side: int, ndim: int, pixel_size: float) -> np.ndarray:
    frequencies = np.fft.fftfreq(side, pixel_size)
    return SIGN_OF_COPIES * function.value(
        np.array(np.meshgrid(*[frequencies] * ndim, indexing="ij"))
    )


def _cut(spread: np.ndarray, margin: int, zero: float) -> np.ndarray:
    box = tuple(slice(n // 2 - margin, n // 2 + margin + 1) for n in spread.shape)
    kernel = spread[box]
    return kernel + (zero - kernel.sum()) / kernel.size
