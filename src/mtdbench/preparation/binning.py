"""Binning: fewer and larger samples."""

from math import ceil

import numpy as np

from mtdbench.errors import InputError
from mtdbench.preparation.block_statistics import block_sums
from mtdbench.preparation.preparation_settings import Settings

MEASURED = 0.75
"""Share of a block that has to be measured for its mean to be."""
ROOM = 1.1
"""Sides of a window in the diameter of the particle that it holds."""


def binned(image: np.ndarray, measured: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """The means over blocks of `factor` samples along each axis, float32, and which were measured.

    Means over blocks and not a cut in Fourier space: they too keep white noise white, and a sample
    that was not measured spoils its own block alone. A mean over fewer samples than the block has
    is a little noisier, at most by 15 %; one over less than `MEASURED` of them counts as not
    measured.
    """
    if factor == 1:
        return image.astype(np.float32, copy=False), measured
    counts = block_sums(measured, factor)
    sums = block_sums(np.where(measured, image, np.float32(0)), factor)
    enough = counts >= MEASURED * factor**image.ndim
    return (sums / np.maximum(counts, 1)).astype(np.float32), enough


def bin_factor(settings: Settings, pixel_size: float | None) -> int:
    """How many samples along an axis become one.

    Raises
    ------
    InputError
        If a size of the samples is wanted that is smaller than theirs, or theirs is not known.
    """
    if settings.bin_to is None:
        return settings.bin_factor or 1
    if pixel_size is None:
        raise InputError(
            f"samples of {settings.bin_to:g} angstrom are wanted, those of the micrographs are of"
            " unknown size: expected a pixel size"
        )
    factor = round(settings.bin_to / pixel_size)
    if factor < 1:
        raise InputError(
            f"samples of {settings.bin_to:g} angstrom are wanted: expected {pixel_size:g}, as the"
            " micrographs have, or more"
        )
    return factor


def factor_for_window(diameter: float, pixel_size: float, window: int) -> int:
    """The smallest factor at which a particle fits into a window, with a little room around it.

    Parameters
    ----------
    diameter : float
        Of the particle, angstrom.
    pixel_size : float
        Of the micrographs as they come, angstrom.
    window : int
        L, samples.
    """
    return max(1, ceil(ROOM * diameter / (pixel_size * window)))
