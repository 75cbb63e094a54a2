"""One micrograph with its background at 0 and light copies."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.background import BackgroundFits, background_at, quiet_blocks
from mtdbench.preparation.block_statistics import block_statistics, robust_scale, spread_blocks
from mtdbench.preparation.cleaning import Cleaned
from mtdbench.preparation.preparation_settings import Background, Level, Settings

FEWEST_QUIET = 0.02
"""Share of blocks that have to lie between copies, to tell the noise from."""
NEAR_MEAN = 6.0
"""Robust standard deviations beyond which a sample has no part in a mean."""
GAIN = 3.0
"""Log-likelihood that copies explain of one micrograph, for its level to be that between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Centred:
    """A micrograph without its background.

    Attributes
    ----------
    image : float32 array, shape (n_1, ..., n_d)
    measured : bool array, same shape
    quiet : float32 array, shape of the blocks
        How probable it is that a block shows no copy.
    side : int
        Of a block.
    level : float
        The mean of the background that was taken off, in units of the samples that came.
    shows_copies : bool
        Whether `quiet` tells copies from what lies between them.
    """

    image: np.ndarray
    measured: np.ndarray
    quiet: np.ndarray
    side: int
    level: float
    shows_copies: bool

    @property
    def noise_weights(self) -> np.ndarray:
        """How probable it is that a sample was measured and shows no copy, shape of the image."""
        if self.quiet.mean() < FEWEST_QUIET:
            return self.measured.astype(np.float32)
        return spread_blocks(self.quiet, self.side, self.image.shape) * self.measured


def without_background(
    part: Cleaned, fits: BackgroundFits, sign: int, seen: int, settings: Settings
) -> Centred:
    """A micrograph minus its background, with the sign of its copies; the samples of `part` are
    overwritten.

    Parameters
    ----------
    part : Cleaned
    fits : BackgroundFits
    sign : int
        1 for light copies, -1 for dark ones.
    seen : int
        The contrast that is seen in all micrographs together, which tells the noise from copies
        whatever `sign` is asked for; 0 if none is, and the background is the mean.
    settings : Settings
    """
    image, shape = part.image, part.image.shape
    statistics = block_statistics(image, part.measured, fits.side)
    copies = fits.best(seen, GAIN)
    quiet = quiet_blocks(copies, fits.degree, statistics, shape).astype(np.float32)
    fit = fits.best(sign if seen else 0, GAIN)
    level = 0.0
    if settings.background == Background.NONE:
        image += np.float32(part.level)
    else:
        background = background_at(fit, fits.degree, shape)
        level = part.level + float(background.mean(dtype=float))
        image -= background
        # The fit is to some blocks, the mean that of all samples.
        if fit.height == 0 or settings.level == Level.MEAN:
            mean = _mean(image[part.measured])
            image, level = np.subtract(image, np.float32(mean), out=image), level + mean
    image *= np.float32(sign)
    return Centred(image, part.measured, quiet, fits.side, level, copies.height != 0)


def _mean(values: np.ndarray) -> float:
    """The mean without outliers."""
    near = np.abs(values) < NEAR_MEAN * robust_scale(values)[1]
    return float(values[near].mean(dtype=float)) if near.any() else 0.0
