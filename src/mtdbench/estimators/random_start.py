"""Where EM starts: random objects that know the measurement's moments, and nothing of the truth."""

import numpy as np

from mtdbench.estimators.em.prior import empty_share, uniform_prior
from mtdbench.estimators.em.step import Parameters
from mtdbench.files import let_go
from mtdbench.model.measurement import Measurement

GUESSED_DENSITY = 0.1
GUESSED_NOISE = 0.9  # share of the variance that is noise, where sigma is unknown
MOMENT_SAMPLES = 2**22
AT_ONCE = 2**13  # of these, which lie up to a page of a file apart


def random_start(measurement: Measurement, rng: np.random.Generator, views: int) -> Parameters:
    """White noise in the window, expanded, with the mean and energy that the measurement implies.

    At density gamma the copies' mean is mean(y)/gamma and their mean square is
    (mean(y^2) - sigma^2)/gamma; gamma is guessed, EM corrects it within a few steps.
    """
    space = measurement.space
    sample = _thinned(measurement.samples)
    variance = float(sample.var())
    sigma = measurement.sigma or float(np.sqrt(GUESSED_NOISE * variance))
    mean = float(sample.mean()) / GUESSED_DENSITY
    square = max(variance - sigma**2, 0.01 * sigma**2) / GUESSED_DENSITY
    spread = np.sqrt(max(square - mean**2, 0.1 * square))
    depth = space.window ** (space.ndim - space.ndim_measurement)  # samples that a projection sums
    noise = rng.standard_normal(space.shape)
    array = mean / depth + spread / np.sqrt(depth) * noise
    prior = uniform_prior(empty_share(GUESSED_DENSITY, space), views)
    return Parameters(space.expand(array), prior, sigma)


def _thinned(samples: np.ndarray) -> np.ndarray:
    """Some `MOMENT_SAMPLES` of the samples, evenly spaced, as float64. A measurement in a file is
    not kept in memory.
    """
    chosen = np.asarray(samples).reshape(-1)[:: max(1, samples.size // MOMENT_SAMPLES)]
    thinned = np.empty(len(chosen))
    for start in range(0, len(chosen), AT_ONCE):
        thinned[start : start + AT_ONCE] = chosen[start : start + AT_ONCE]
        let_go(samples)
    return thinned
