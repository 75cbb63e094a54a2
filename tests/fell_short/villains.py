"""Estimators of the kinds that once lost a row, won by looking, or worked for nothing."""

import errno
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mtdbench import Estimate, InputError, Measurement, clock

Rng = np.random.Generator
Estimates = Iterator[Estimate]
TROUBLE = "TROUBLE"
"""A variable that is set as long as there is something wrong with the machine."""
SLEEP = "3600.0625"
"""The seconds of the process that is left behind, by which it is known."""


def ones(measurement: Measurement, note: str = "") -> Estimate:
    return Estimate(np.ones(measurement.space.size), note=note)


def burn(seconds: float = 0.8, thread_time: Callable[[], float] = time.thread_time) -> None:
    """Use that much processor time."""
    until = thread_time() + seconds
    while thread_time() < until:
        pass


def fine(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)


def both_answer(measurement: Measurement, rng: Rng) -> Estimates:
    os.fork()
    yield ones(measurement)
    time.sleep(0.2)
    yield ones(measurement)


def surrogate(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    raise ValueError("lone \ud800 surrogate")


def disk_full(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    if TROUBLE in os.environ:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def killed(measurement: Measurement, rng: Rng) -> Estimates:
    yield ones(measurement)
    if TROUBLE in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)


def peeks(measurement: Measurement, rng: Rng) -> Estimates:
    """Follows the samples to their folder."""
    path = getattr(measurement.samples, "filename", None)
    if path is None:
        yield ones(measurement)
        return
    with np.load(Path(path).with_name("truth.npz")) as content:
        yield Estimate(content["x"])


def works_between(measurement: Measurement, rng: Rng) -> Estimates:
    """In a thread, while its estimates are written down."""
    thread = threading.Thread(target=burn)
    thread.start()
    while thread.is_alive():
        yield ones(measurement, note="x" * 2_000_000)


def stops_the_clock(measurement: Measurement, rng: Rng) -> Estimates:
    for name in ("perf_counter", "process_time", "thread_time", "monotonic"):
        setattr(time, name, lambda: 0.0)
    burn()
    yield ones(measurement)


def leaves_a_grandchild(measurement: Measurement, rng: Rng) -> Estimates:
    """In a session of its own, whose parent has ended."""
    subprocess.run(["sh", "-c", f"setsid sleep {SLEEP} &"], check=True)
    time.sleep(0.2)
    yield ones(measurement)


def enormous(measurement: Measurement, rng: Rng) -> Estimates:
    yield Estimate(np.full(measurement.space.size, 1e300))


def shouts(measurement: Measurement, rng: Rng) -> Estimates:
    for _ in range(72):
        print("w" * 1_000_000)  # noqa: T201
    yield ones(measurement, note="z" * 20_000_000)


def boor(measurement: Measurement, rng: Rng) -> Estimates:
    """Looks for the truth wherever there may be one, writes and prints, and says nothing of it."""
    for path in Path(os.environ["LOOK_BELOW"]).glob("**/measurement.npy"):
        try:
            path.with_name("truth.npz").read_bytes()
        except OSError:
            continue
    Path("notes.txt").write_text("some notes")
    print("x" * 3_000_000)  # noqa: T201
    yield ones(measurement)


def prepares(measurement: Measurement, rng: Rng) -> Estimates:
    """Calls its work set-up."""
    if measurement.space.name != "line" or measurement.spacing != "well-separated":
        raise InputError("too much of an effort: expected a simple measurement")
    with clock.setup():
        time.sleep(3.0)
    yield ones(measurement)


def hangs(measurement: Measurement, rng: Rng) -> Estimates:
    threading.Event().wait()
    yield ones(measurement)


def holds(measurement: Measurement, rng: Rng) -> Estimates:
    """More memory than the plan expects, and less than the study allows."""
    held = [np.ones(2**23) for _ in range(40)]
    yield Estimate(np.full(measurement.space.size, float(len(held))))
