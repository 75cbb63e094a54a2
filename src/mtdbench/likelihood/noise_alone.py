"""The likelihood of patches that hold nothing but noise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mtdbench.likelihood.e_step import DataSource
from mtdbench.ranks.communicator import ONE_RANK, Ranks

READ_TOGETHER = 2**20  # samples


@dataclass(frozen=True, slots=True)
class NoiseAlone:
    """White noise about a constant level, at its likeliest.

    Attributes
    ----------
    samples : float
        N, of all patches, as far as they were measured.
    level : float
        Its mean, in units of the samples.
    sigma : float
        Its standard deviation.
    """

    samples: float
    level: float
    sigma: float

    @property
    def loglik(self) -> float:
        """The log-likelihood of all patches, -(N/2) (log 2 pi sigma^2 + 1): the maximum over level
        and sigma.
        """
        return float(-self.samples / 2 * (np.log(2 * np.pi * self.sigma**2) + 1))


def noise_alone(sources: Iterable[DataSource], ranks: Ranks = ONE_RANK) -> NoiseAlone:
    """The likeliest noise of the patches of some sources, of which each rank reads its share."""

    def share() -> list[np.ndarray]:
        sums = [np.zeros(3), *map(_sums, _chunks(sources))]
        return [np.sum(sums, axis=0)]

    (total,) = ranks.total(share)
    count, first, second = map(float, total)
    return NoiseAlone(count, first / count, float(np.sqrt(second / count - (first / count) ** 2)))


def _chunks(sources: Iterable[DataSource]) -> Iterator[np.ndarray]:
    """The patches of this rank's shares, shape (m, L^d)."""
    for source in sources:
        mine = source.patches.between(source.share.start, source.share.stop)
        size = max(1, READ_TOGETHER // mine.window.size)
        yield from mine.chunks(size, np.float64)


def _sums(chunk: np.ndarray) -> np.ndarray:
    """Number, sum, and sum of squares of the samples that were measured."""
    return np.array([np.sum(~np.isnan(chunk)), np.nansum(chunk), np.nansum(chunk**2)])
