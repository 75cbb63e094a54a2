"""Random starts: objects that know the measurement's moments, and nothing of the truth."""

from dataclasses import dataclass

import numpy as np

from mtdbench.files import release_pages
from mtdbench.model.measurement import Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks

GUESSED_DENSITY = 0.1
GUESSED_NOISE = 0.9  # share of the variance that is noise, where sigma is unknown
MOMENT_SAMPLES = 2**22
READ_AT_ONCE = 2**13  # of these, which lie up to a page of a file apart


@dataclass(frozen=True, slots=True, eq=False)
class RandomStart:
    """An object x, shape (n,), and sigma, or a guess at it."""

    x: np.ndarray
    sigma: float


def random_start(
    measurement: Measurement, rng: np.random.Generator, ranks: Ranks = ONE_RANK
) -> RandomStart:
    """White noise in the window, expanded, with the mean and energy that the measurement implies.

    At density gamma the copies' mean is mean(y)/gamma and their mean square is
    (mean(y^2) - sigma^2)/gamma; gamma is guessed, EM corrects it within a few steps. Of several
    ranks the first reads the samples, and all draw the same.
    """
    space = measurement.space
    average, variance = map(float, ranks.from_first(lambda: _mean_and_variance(measurement)))
    sigma = measurement.sigma or float(np.sqrt(GUESSED_NOISE * variance))
    mean = average / GUESSED_DENSITY
    square = max(variance - sigma**2, 0.01 * sigma**2) / GUESSED_DENSITY
    spread = np.sqrt(max(square - mean**2, 0.1 * square))
    depth = np.prod(space.shape) / space.window.size if space.place_is_free else 1
    noise = rng.standard_normal(space.shape)
    array = mean / depth + spread / np.sqrt(depth) * noise
    return RandomStart(space.expand(array), sigma)


def _mean_and_variance(measurement: Measurement) -> np.ndarray:
    sample = _known_samples(measurement)
    return np.array([sample.mean(), sample.var()])


def _known_samples(measurement: Measurement) -> np.ndarray:
    """Some of the samples that were measured, without the background."""
    forward, sample = measurement.forward, _thinned(measurement.samples)
    if forward.measured is not None:
        sample = sample[_thinned(forward.measured) > 0]
    return sample - forward.background if forward.background else sample


def _thinned(samples: np.ndarray) -> np.ndarray:
    """Some `MOMENT_SAMPLES` of the samples, evenly spaced, as float64. A measurement in a file is
    not kept in memory.
    """
    chosen = np.asarray(samples).reshape(-1)[:: max(1, samples.size // MOMENT_SAMPLES)]
    thinned = np.empty(len(chosen))
    for start in range(0, len(chosen), READ_AT_ONCE):
        thinned[start : start + READ_AT_ONCE] = chosen[start : start + READ_AT_ONCE]
        release_pages(samples)
    return thinned
