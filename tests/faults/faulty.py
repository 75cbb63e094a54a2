"""Estimators that go wrong, each in its own way, and three that do not."""

import ctypes
import os
import signal
import time
from collections.abc import Iterator

import numpy as np

from mtdbench import Estimate, Measurement
from mtdbench.estimators.declaration import declare


def good(
    measurement: Measurement, rng: np.random.Generator, *, steps: int = 3
) -> Iterator[Estimate]:
    """Random estimates of a random sum of the data."""
    x = np.zeros(measurement.space.size)
    for step in range(steps):
        x = x + rng.normal(size=x.size) + np.mean(measurement.samples)
        print("an estimator may print")  # noqa: T201
        yield Estimate(x, density=0.25, objective=float(step), converged=step == steps - 1)


@declare(cost=lambda workload, options: workload.patches * options["steps"], is_reference=True)
def declares(
    measurement: Measurement, rng: np.random.Generator, *, steps: int = 3
) -> Iterator[Estimate]:
    """Says what it costs, and that it is a reference."""
    yield Estimate(np.ones(measurement.space.size))


def slow(
    measurement: Measurement, rng: np.random.Generator, *, seconds: float = 0.3
) -> Iterator[Estimate]:
    """Takes its time."""
    time.sleep(seconds)
    yield Estimate(rng.normal(size=measurement.space.size))


def raises(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Gives up after one estimate."""
    yield Estimate(np.ones(measurement.space.size))
    raise RuntimeError("no way\nforward <script>alert(1)</script>")


def hangs(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Never comes back."""
    yield Estimate(np.ones(measurement.space.size))
    while True:
        time.sleep(1)


def greedy(
    measurement: Measurement, rng: np.random.Generator, *, gib: float = 20.0
) -> Iterator[Estimate]:
    """Takes memory, piece by piece, touches it, and holds it for longer than a guard looks away."""
    held = []
    while len(held) < gib * 16:
        held.append(np.ones(2**23))  # 64 MiB
    time.sleep(1)
    yield Estimate(np.ones(measurement.space.size))


def segfaults(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Reads where nothing is."""
    ctypes.string_at(0)
    yield Estimate(np.ones(measurement.space.size))


def not_a_number(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Diverges."""
    yield Estimate(np.ones(measurement.space.size))
    yield Estimate(np.full(measurement.space.size, np.nan))


def wrong_shape(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Gives one coefficient too many."""
    yield Estimate(np.ones(measurement.space.size + 1))


def not_an_estimate(measurement: Measurement, rng: np.random.Generator) -> Iterator[None]:
    """Gives nothing at all."""
    yield None


def leaves(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Ends its process."""
    os._exit(3)
    yield Estimate(np.ones(measurement.space.size))


def kills_itself(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Ends as if someone had killed it."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield Estimate(np.ones(measurement.space.size))


def forks(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Lets a child of its process take the memory."""
    if os.fork() == 0:
        held = []
        while len(held) < 64:
            held.append(np.ones(2**23))
        time.sleep(60)
    yield Estimate(np.ones(measurement.space.size))
    time.sleep(60)


def forks_away(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Leaves an orphan in a session of its own, and hangs."""
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(600)
    os.wait()
    time.sleep(600)
    yield Estimate(np.ones(measurement.space.size))


def writes(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
    """Tampers with the data."""
    measurement.samples[...] = 0
    yield Estimate(np.ones(measurement.space.size))
