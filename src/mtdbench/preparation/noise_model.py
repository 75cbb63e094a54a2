"""What the noise of all micrographs is: one spectrum, and a standard deviation for each."""

from dataclasses import dataclass

import numpy as np

from mtdbench.preparation.background_removal import Centred
from mtdbench.preparation.noise_covariance import noise_covariance
from mtdbench.preparation.preparation_settings import Colour, Settings
from mtdbench.preparation.whitening import (
    COVARIANCE_REACH,
    Whitening,
    left_covariance,
    unevenness,
    whitening,
)

LEAST_BETWEEN = 0.5
"""Share of the samples that lie between copies, below which no spectrum is told from theirs: what
little lies between copies that touch is full of the fringes that optics put about them.
"""


@dataclass(frozen=True, slots=True, eq=False)
class NoiseModel:
    """The noise, as it is between the copies.

    Attributes
    ----------
    whitening : Whitening
        Of the covariance that all micrographs share, up to a factor.
    sigmas : array, shape (M,)
        Standard deviations of the noise, after whitening, in units of the samples that came.
    unevenness : float
        The largest logarithm of the spectrum beside its mean, before whitening.
    crowded : bool
        Whether too little lies between the copies to tell the spectrum of the noise, which is taken
        for white then.
    """

    whitening: Whitening
    sigmas: np.ndarray
    unevenness: float
    crowded: bool


def noise_model(parts: list[Centred], factor: int, settings: Settings) -> NoiseModel:
    """The noise of micrographs of one measurement.

    Parameters
    ----------
    parts : list of Centred
    factor : int
        Of their binning.
    settings : Settings
        Where they have the standard deviation of the noise, that of samples as they came, it is
        taken for white there.
    """
    weights = [part.noise_weights for part in parts]
    reach = min(COVARIANCE_REACH, min(min(part.image.shape) for part in parts) // 4)
    each = [noise_covariance(p.image, w, reach) for p, w in zip(parts, weights, strict=True)]
    centre = (reach,) * each[0].ndim
    telling = [part.shows_copies for part in parts]
    telling = telling if any(telling) else [True] * len(parts)
    shares = np.array([float(w.sum()) * t for w, t in zip(weights, telling, strict=True)])
    powers = np.array([max(float(c[centre]), 1e-300) for c in each])
    shared = np.tensordot(shares / powers, np.array(each), 1) / shares.sum()
    before = unevenness(shared)
    found, crowded = Whitening(None, 1.0, before), _is_crowded(parts, telling, shares)
    if settings.whiten and (settings.radius or not crowded):
        found = whitening(shared, settings.radius, symmetric=settings.colour == Colour.DETECTOR)
    if settings.sigma is not None:
        averaged = settings.sigma / factor ** (0.5 * len(centre))
        sigmas = np.full(len(parts), averaged * np.sqrt(found.variance))
        return NoiseModel(found, sigmas, before, crowded)
    centres = each if found.kernel is None else [left_covariance(c, found.kernel) for c in each]
    variances = [float(c[tuple(n // 2 for n in c.shape)]) for c in centres]
    return NoiseModel(found, np.sqrt(variances), before, crowded)


def _is_crowded(parts: list[Centred], telling: list[bool], shares: np.ndarray) -> bool:
    measured = sum(int(p.measured.sum()) for p, t in zip(parts, telling, strict=True) if t)
    return float(shares.sum()) < LEAST_BETWEEN * measured
