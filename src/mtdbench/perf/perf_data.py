"""What the benchmarks run on."""

import tempfile
from pathlib import Path

import numpy as np

from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Measurement
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.spaces import make_space


def noise(size: int) -> np.ndarray:
    """Samples that take as long as any others."""
    return np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)


def dataset(**recipe: object) -> tuple[Measurement, np.ndarray]:
    """A simulated measurement, mapped from a file that goes when it does, and its truth."""
    asked = Recipe(seed=0, trial=0, **recipe)  # type: ignore[arg-type]
    space = make_space(asked.space, asked.window, asked.basis)
    with tempfile.TemporaryDirectory(prefix="mtdbench-perf-") as name:
        folder = Path(name)
        told = write_dataset(asked, folder)
        measurement = Measurement.load(folder / "measurement.npy", space, told["sigma"])
        return measurement, read_coefficients(folder / "truth.npz", space)
