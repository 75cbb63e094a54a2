"""Estimators that share their work, and go wrong on one rank."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

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


def rude(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    ranks: Ranks = ONE_RANK,
    how: str = "works",
    path: str = "",
) -> Iterator[Estimate]:
    """After one estimate the last rank does what it should not, then all meet again."""
    yield Estimate(np.zeros(measurement.space.size))
    x = np.zeros(measurement.space.size)
    if ranks.rank == ranks.size - 1:
        x[0] = conduct(how, path)
    (total,) = ranks.total(lambda: [x])
    yield Estimate(total)


def conduct(how: str, path: str) -> float:
    """1 if it came through with it, where that is what it tries."""
    if how == "hangs":
        time.sleep(3600)
    if how == "works":
        until = time.process_time() + 1.5
        while time.process_time() < until:
            pass
    if how == "eats":
        held = [np.ones(2**23) for _ in range(40)]  # 64 MiB each
        time.sleep(3600 * len(held))
    if how == "leaves a child" and os.fork() == 0:
        os.execlp("sleep", "sleep", path)
    if how == "names its memory" and (maps := Path("/proc/self/maps")).exists():
        lines = [line for line in maps.read_text().splitlines() if "/dev/shm/mpich" in line]
        return sum(not line.endswith("(deleted)") for line in lines)
    if how == "peeks":
        try:
            Path(path).read_bytes()
        except OSError:
            return 0
    return 1
