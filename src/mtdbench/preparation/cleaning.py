"""One micrograph without what no model explains: borders, hot samples, contamination."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError
from mtdbench.preparation.binning import binned
from mtdbench.preparation.block_statistics import block_statistics
from mtdbench.preparation.block_values import block_values
from mtdbench.preparation.borders import live_box
from mtdbench.preparation.contamination import contaminated
from mtdbench.preparation.hot_samples import hot_samples
from mtdbench.preparation.preparation_settings import Settings
from mtdbench.preparation.robust_level import robust_level


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A micrograph after borders, hot samples, binning and contamination.

    Attributes
    ----------
    image : float32 array, shape (n_1, ..., n_d)
        Without `level`.
    measured : bool array, same shape
    level : float
        The median of the samples.
    box : tuple of slices
        The part of the micrograph, as it came, that is not border.
    hot : int
        Hot and dead samples, of those that came.
    contaminated : float
        Share of the samples in contaminations.
    """

    image: np.ndarray
    measured: np.ndarray
    level: float
    box: tuple[slice, ...]
    hot: int
    contaminated: float


def cleaned(
    image: np.ndarray,
    known: np.ndarray | None,
    name: str,
    factor: int,
    window: int,
    settings: Settings,
) -> Cleaned:
    """A micrograph without its borders, binned, and which of its samples were measured.

    Parameters
    ----------
    image : array
        As it came.
    known : bool array, same shape, or None
        Which samples were measured; None for all.
    name : str
        What it is called, for messages.
    factor : int
        Of the binning.
    window : int
        Side of a copy's window, samples after binning.
    settings : Settings

    Raises
    ------
    InputError
        If the micrograph is constant, is not finite, or is smaller than the binning.
    """
    _check(image, name)
    box = live_box(image) if settings.borders else tuple(slice(0, n) for n in image.shape)
    if any(part.stop - part.start < factor for part in box):
        shape = " x ".join(str(part.stop - part.start) for part in box)
        raise InputError(f"'{name}' has {shape} samples: expected more, to average {factor}")
    level = float(np.median(image[box]))
    shifted = image[box] - np.asarray(level, np.result_type(image, np.float32))
    inside = shifted.astype(np.float32, copy=False)
    measured = np.ones(inside.shape, dtype=bool) if known is None else known[box].copy()
    before = int(measured.sum())
    if settings.hot:
        measured &= ~hot_samples(inside, measured)
    hot = before - int(measured.sum())
    inside, measured = binned(inside, measured, factor)
    dirty = np.zeros(measured.shape, dtype=bool)
    statistics = block_statistics(inside, measured, 2 * block_side(window))
    if settings.contamination and statistics.usable.any():
        blocks = block_values(statistics, statistics.usable, inside.shape)
        dirty = contaminated(statistics, robust_level(blocks, window), window, inside.shape)
    return Cleaned(inside, measured & ~dirty, level, box, hot, float(dirty.mean()))


def block_side(window: int) -> int:
    """Of the blocks that the background is fitted to, samples: a few to a copy, so that some lie
    between copies even where these are crowded.
    """
    return max(2, round(window / 5))


def _check(image: np.ndarray, name: str) -> None:
    low, high = float(image.min()), float(image.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        number = int(image.size - np.isfinite(image).sum())
        raise InputError(f"'{name}' holds {number} NaN or infinities: expected finite numbers")
    if low == high:
        raise InputError(f"'{name}' is constant, {low:g} throughout: expected a measurement")
