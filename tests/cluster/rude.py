"""Estimators that are a trouble on a cluster, and one that is none."""

import subprocess
import time
from collections.abc import Iterator

import numpy as np

from mtdbench import Estimate, Measurement


def holds(
    measurement: Measurement, rng: np.random.Generator, *, mib: int = 100
) -> Iterator[Estimate]:
    """Takes memory, piece by piece, and touches it."""
    held = [np.ones(2**23) for _ in range(mib // 64)]
    yield Estimate(np.full(measurement.space.size, float(len(held))))


def outlives(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Never comes to an end."""
    yield Estimate(np.ones(measurement.space.size))
    while True:
        time.sleep(1)


def cancels(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Has the cluster end its job, and all that shares it."""
    yield Estimate(np.ones(measurement.space.size))
    running = subprocess.run(
        ["squeue", "--noheader", "--states=R", "--format=%i"], capture_output=True, text=True
    )
    subprocess.run(["scancel", *running.stdout.split()])
    time.sleep(60)
