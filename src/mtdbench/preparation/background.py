"""The background of a micrograph: the smooth level between its copies."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.block_statistics import BlockStatistics
from mtdbench.preparation.block_values import BlockValues
from mtdbench.preparation.one_sided import SIGNIFICANT, LevelFit, one_sided_fit, plain_fit
from mtdbench.preparation.preparation_settings import Background, Settings
from mtdbench.preparation.robust_level import largest_degree
from mtdbench.preparation.smooth_basis import evaluated, powers


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundFits:
    """What may be the background of one micrograph.

    Attributes
    ----------
    side : int
        Of the blocks, samples.
    degree : int
    plain : LevelFit
        If there are no copies, or if they are neither light nor dark.
    by_sign : dict of LevelFit
        If there are copies that are light (1) or dark (-1).
    """

    side: int
    degree: int
    plain: LevelFit
    by_sign: dict[int, LevelFit]

    def gain(self, sign: int) -> float:
        """Log-likelihood that copies of a contrast explain."""
        return self.by_sign[sign].loglik - self.plain.loglik

    def best(self, sign: int, gain: float) -> LevelFit:
        """The fit with copies of a contrast, where they explain so much; for 0 that without."""
        return self.by_sign[sign] if sign and self.gain(sign) > gain else self.plain


def background_fits(blocks: BlockValues, window: int, settings: Settings) -> BackgroundFits:
    """The background by maximum likelihood of the means of blocks, see `LevelFit`.

    Copies of positive mean raise the mean of a micrograph, and their number in a neighbourhood
    raises its mean there. Were that subtracted, the model would find too few copies, each on a
    negative floor. So the level is fitted together with what copies add on one side of it, and so
    are its variations; where no copies are seen it is the mean, which is best then. Its error is
    that of the fit: the likelihood of patches is more sensitive to the level than blocks are, so
    an estimator that can should take it as a starting value of a parameter.
    """
    plain, degree = plain_fit(blocks.values, blocks.basis(0)), 0
    if settings.background in (Background.AUTO, Background.SMOOTH):
        plain, degree = _smooth(blocks, window, settings, plain)
    basis = blocks.basis(degree)
    by_sign = {sign: one_sided_fit(blocks.values, basis, sign, plain) for sign in (1, -1)}
    return BackgroundFits(blocks.side, degree, plain, by_sign)


def background_at(fit: LevelFit, degree: int, shape: tuple[int, ...]) -> np.ndarray:
    """The background at every sample, float32, shape `shape`."""
    return evaluated(fit.coefficients, shape, degree)


def quiet_blocks(
    fit: LevelFit, degree: int, statistics: BlockStatistics, shape: tuple[int, ...]
) -> np.ndarray:
    """How probable it is that a block sees no copy, shape of the blocks."""
    level = evaluated(fit.coefficients, shape, degree, statistics.side)
    return fit.quiet(statistics.means - level)


def contrast_of(fits: list[BackgroundFits]) -> int:
    """The contrast that explains most, over all micrographs; 0 where none explains enough."""
    gains = {sign: sum(each.gain(sign) for each in fits) for sign in fits[0].by_sign}
    sign = max(gains, key=lambda each: gains[each])
    return sign if gains[sign] > SIGNIFICANT else 0


def _smooth(
    blocks: BlockValues, window: int, settings: Settings, constant: LevelFit
) -> tuple[LevelFit, int]:
    """The fit of the degree that is asked for, or that the Bayesian information criterion takes,
    for so many blocks as are independent.
    """
    number = len(blocks.values)
    highest = largest_degree(blocks.shape, window)
    degrees = range(1, highest + 1) if settings.degree is None else [settings.degree]
    price = 0.5 * np.log(number) * blocks.correlation
    best, chosen = constant, 0
    for degree in degrees:
        if len(powers(len(blocks.shape), degree)) > number // 4:
            break
        fit = plain_fit(blocks.values, blocks.basis(degree))
        more = len(fit.coefficients) - len(best.coefficients)
        wanted = settings.degree is not None
        if wanted or fit.loglik - best.loglik > price * more:
            best, chosen = fit, degree
    return best, chosen
