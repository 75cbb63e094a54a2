"""The background of a micrograph: the smooth level between its copies."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.block_statistics import BlockStatistics, robust_scale
from mtdbench.preparation.one_sided import SIGNIFICANT, LevelFit, one_sided_fit, plain_fit
from mtdbench.preparation.preparation_settings import Background, Settings
from mtdbench.preparation.smooth_basis import evaluated, powers, smooth_basis

HIGHEST_DEGREE = 8
"""Of a smooth background that is found automatically."""
WINDOWS_TO_A_DEGREE = 3
"""A polynomial of degree q over N samples varies over some 2 N / q of them: at least six windows."""
MOST_BLOCKS = 2**14
"""Blocks that a fit is made of."""
TUKEY = 4.685
"""Standard deviations beyond which Tukey's biweight takes a block for none of the background."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockValues:
    """The means of the blocks that a background is fitted to.

    Attributes
    ----------
    shape : tuple of int
        Of the micrograph.
    side : int
        Of the blocks.
    values : array, shape (n,)
    chosen : int array, shape (n,)
        Their indices among all blocks.
    correlation : float
        How many of them say as much as one that is independent: neighbours see the same copy.
    """

    shape: tuple[int, ...]
    side: int
    values: np.ndarray
    chosen: np.ndarray
    correlation: float

    def basis(self, degree: int) -> np.ndarray:
        """The smooth functions at these blocks, shape (J, n)."""
        every = smooth_basis(self.shape, self.side, degree)
        return every.reshape(len(every), -1)[:, self.chosen]


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


def block_values(statistics: BlockStatistics, usable: np.ndarray, shape: tuple[int, ...]) -> BlockValues:
    """The means of usable blocks, of a very large micrograph evenly chosen ones."""
    chosen = np.flatnonzero(usable)
    chosen = chosen[:: max(1, len(chosen) // MOST_BLOCKS)]
    means = statistics.means.ravel()[chosen]
    return BlockValues(shape, statistics.side, means, chosen, _correlation(statistics, usable))


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
    signs = {"dark": (-1,), "light": (1,)}.get(settings.sign, (1, -1))
    by_sign = {sign: one_sided_fit(blocks.values, basis, sign, plain) for sign in signs}
    return BackgroundFits(blocks.side, degree, plain, by_sign)


def background_at(fit: LevelFit, degree: int, shape: tuple[int, ...]) -> np.ndarray:
    """The background at every sample, float32, shape `shape`."""
    return evaluated(fit.coefficients, shape, degree)


def contrast_of(fits: list[BackgroundFits]) -> int:
    """The contrast that explains most, over all micrographs; 0 where none explains enough."""
    gains = {sign: sum(each.gain(sign) for each in fits) for sign in fits[0].by_sign}
    sign = max(gains, key=lambda each: gains[each])
    return sign if gains[sign] > SIGNIFICANT else 0


def robust_level(blocks: BlockValues, window: int) -> np.ndarray:
    """A smooth level at all blocks that large departures do not move, shape (n_1, ..., n_d):
    Tukey's biweight, with a degree that rises as long as the scale of the residuals falls.
    """
    values = blocks.values
    coefficients, scale = np.array([np.median(values)]), robust_scale(values)[1]
    kept, degree = coefficients, 0
    for higher in range(1, highest_degree(blocks.shape, window) + 1):
        basis = blocks.basis(higher)
        coefficients = np.pad(coefficients, (0, len(basis) - len(coefficients)))
        for _ in range(10):
            residuals = values - coefficients @ basis
            reach = TUKEY * robust_scale(residuals)[1] + 1e-300
            weights = np.maximum(1 - (residuals / reach) ** 2, 0) ** 2
            coefficients = plain_fit(values, basis, weights).coefficients
        spread = robust_scale(values - coefficients @ basis)[1]
        if spread < 0.95 * scale:
            kept, degree, scale = coefficients, higher, spread
    return np.tensordot(kept, smooth_basis(blocks.shape, blocks.side, degree), 1)


def highest_degree(shape: tuple[int, ...], window: int) -> int:
    """Of a polynomial that varies over much more than a window."""
    return max(1, min(HIGHEST_DEGREE, min(shape) // (WINDOWS_TO_A_DEGREE * window)))


def _smooth(
    blocks: BlockValues, window: int, settings: Settings, constant: LevelFit
) -> tuple[LevelFit, int]:
    """The fit of the degree that is asked for, or that the Bayesian information criterion takes,
    for so many blocks as are independent.
    """
    number = len(blocks.values)
    highest = highest_degree(blocks.shape, window)
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


def _correlation(statistics: BlockStatistics, usable: np.ndarray) -> float:
    """Blocks that say as much as one independent one, by how much alike neighbours are beside
    those three further.
    """
    factor = 1.0
    means, both = statistics.means, usable
    for axis in range(means.ndim):
        lines, known = np.moveaxis(means, axis, 0), np.moveaxis(both, axis, 0)
        if len(lines) < 8:
            continue
        steps = {}
        for lag in (1, 3):
            pair = known[lag:] & known[:-lag]
            steps[lag] = robust_scale((lines[lag:] - lines[:-lag])[pair])[1] if pair.any() else 0.0
        alike = 1 - (steps[1] / steps[3]) ** 2 if steps[3] else 0.0
        alike = float(np.clip(alike, 0, 0.9))
        factor *= (1 + alike) / (1 - alike)
    return factor
