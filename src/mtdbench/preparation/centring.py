"""One micrograph with its background at 0 and light copies."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.background import BackgroundFits, background_at
from mtdbench.preparation.block_statistics import block_statistics, spread_blocks
from mtdbench.preparation.cleaning import Cleaned
from mtdbench.preparation.preparation_settings import Background, Settings

FEWEST_QUIET = 0.02
"""Share of blocks that have to lie between copies, to tell the noise from."""
GAIN = 3.0
"""Log-likelihood that copies explain of one micrograph, for its level to be that between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Centred:
    """A micrograph without its background.

    Attributes
    ----------
    image : float32 array, shape (n_1, ..., n_d)
    measured : bool array, same shape
    quiet : array, shape of the blocks
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
        quiet = self.quiet.astype(np.float32)
        return spread_blocks(quiet, self.side, self.image.shape) * self.measured


def without_background(
    part: Cleaned, fits: BackgroundFits, sign: int, seen: bool, settings: Settings
) -> Centred:
    """A micrograph minus its background, with the sign of its copies.

    Parameters
    ----------
    part : Cleaned
    fits : BackgroundFits
    sign : int
        1 for light copies, -1 for dark ones.
    seen : bool
        Whether copies are seen in all micrographs together: else the background is the mean.
    settings : Settings
    """
    fit = fits.best(sign if seen else 0, GAIN)
    image, level = part.image, part.level
    if settings.background == Background.NONE:
        image, level = image + np.float32(level), 0.0
    else:
        background = background_at(fit, fits.degree, image.shape)
        if fit.height == 0:  # the mean is what least squares of some blocks would be of all samples
            background += np.float32((image - background)[part.measured].mean(dtype=float))
        image, level = image - background, level + float(background.mean())
    statistics = block_statistics(image, part.measured, fits.side)
    quiet = fit.quiet(statistics.means)
    return Centred(
        np.float32(sign) * image, part.measured, quiet, fits.side, level, fit.height != 0
    )
