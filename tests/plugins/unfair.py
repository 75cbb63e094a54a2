"""Estimators that break a law, one each, and one that breaks none."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mtdbench import Estimate, InputError, Measurement
from mtdbench.clock import setup
from mtdbench.estimators.declaration import declare

Answers = Iterator[Estimate]


def burn(seconds: float) -> None:
    """Use the processor for so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def zeros(measurement: Measurement) -> np.ndarray:
    return np.zeros(measurement.space.size)


@declare(spaces=["line"])
def fair(measurement: Measurement, rng: np.random.Generator) -> Answers:
    for _ in range(3):
        yield Estimate(rng.normal(size=measurement.space.size))


def peeks(measurement: Measurement, rng: np.random.Generator) -> Answers:
    """Follows the samples to their folder."""
    folder = Path(measurement.samples.filename).parent
    with np.load(folder / "truth.npz") as content:
        yield Estimate(content["x"])


def searches(measurement: Measurement, rng: np.random.Generator) -> Answers:
    """Looks for the truth wherever the parent's files are, and hides that it did not find it."""
    x = zeros(measurement)
    for folder in Path("/tmp").glob("tmp*/results/*/data/*/*"):
        try:
            with np.load(folder / "truth.npz") as content:
                x = content["x"]
        except OSError:
            continue
    yield Estimate(x)


def litters(measurement: Measurement, rng: np.random.Generator) -> Answers:
    Path("notes.txt").write_text("some notes")
    yield Estimate(zeros(measurement))


def shouts(measurement: Measurement, rng: np.random.Generator) -> Answers:
    for _ in range(30):
        print("x" * 100_000)  # noqa: T201
    yield Estimate(zeros(measurement))


def spoils(measurement: Measurement, rng: np.random.Generator) -> Answers:
    measurement.samples[...] = 0
    yield Estimate(zeros(measurement))


def prepares(measurement: Measurement, rng: np.random.Generator) -> Answers:
    """Calls its work set-up."""
    with setup():
        burn(4.0)
    yield Estimate(zeros(measurement))


def leaves_a_process(measurement: Measurement, rng: np.random.Generator) -> Answers:
    subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield Estimate(zeros(measurement))


def varies(measurement: Measurement, rng: np.random.Generator) -> Answers:
    yield Estimate(np.random.default_rng().normal(size=measurement.space.size))


def hangs(measurement: Measurement, rng: np.random.Generator) -> Answers:
    threading.Event().wait()
    yield Estimate(zeros(measurement))


def too_long(measurement: Measurement, rng: np.random.Generator) -> Answers:
    yield Estimate(np.zeros(measurement.space.size + 1))


def not_finite(measurement: Measurement, rng: np.random.Generator) -> Answers:
    yield Estimate(zeros(measurement) * np.nan)


def dies(measurement: Measurement, rng: np.random.Generator) -> Answers:
    os.abort()
    yield Estimate(zeros(measurement))


def declines(measurement: Measurement, rng: np.random.Generator) -> Answers:
    raise InputError("made for nothing: expected something else")
    yield Estimate(zeros(measurement))


@declare(spaces=["ball"])
def made_for_volumes(measurement: Measurement, rng: np.random.Generator) -> Answers:
    yield Estimate(zeros(measurement))


def wrong_default(
    measurement: Measurement, rng: np.random.Generator, *, steps: int = "three"
) -> Answers:
    yield Estimate(zeros(measurement))
