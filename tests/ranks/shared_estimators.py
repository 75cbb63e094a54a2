"""Estimators that share their work, and go wrong on one rank."""

import os
import signal
import time
from collections.abc import Iterator

import numpy as np

from mtdbench import Estimate, Measurement
from mtdbench.ranks.communicator import ONE_RANK, Ranks


def counting(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    steps: int = 5,
    seconds: float = 0.0,
) -> Iterator[Estimate]:
    """The number of ranks, in the first coefficient, and how often they met."""
    for step in range(steps):
        time.sleep(seconds)
        (total,) = ranks.total(lambda: [np.ones(1)])
        x = np.zeros(measurement.space.size)
        x[:2] = total[0], step + 1
        yield Estimate(x, converged=step + 1 == steps)


def failing(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    how: str = "raises",
) -> Iterator[Estimate]:
    """After one estimate the last rank fails at its share, or beside it, or dies."""
    yield Estimate(np.zeros(measurement.space.size))
    last = ranks.rank == ranks.size - 1
    if last and how == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if last and how == "raises beside":
        raise OSError("the disk is gone")
    if how == "all raise":
        raise ValueError("no such thing")

    def share() -> list[np.ndarray]:
        if last:
            raise OSError("the disk is gone")
        return [np.ones(1)]

    ranks.total(share)
