"""Simulated measurements of all spaces."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mtdbench import Measurement, Placement, make_space
from mtdbench.simulation import Recipe

SIZES = {"line": (8, 2000), "disc": (7, 150), "ball": (7, 120)}  # L, N


class Case(NamedTuple):
    measurement: Measurement
    placement: Placement
    x: np.ndarray
    folder: Path


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Case]:
    """A function that simulates: `simulated("disc", snr=10, micrographs=2)`."""

    def make(space: str, snr: float = 30.0, **others: object) -> Case:
        folder = tmp_path_factory.mktemp("data")
        length, size = SIZES[space]
        facts = {"window": length, "size": size, "snr": snr, "density": None, "seed": 5, **others}
        recipe = Recipe(space=space, **facts)
        sigma = write_dataset(recipe, folder)["sigma"]
        target = make_space(space, length)
        path = folder / "measurement.npy"
        with np.load(folder / "truth.npz") as truth:
            return Case(
                Measurement.load(path, target, sigma, recipe.spacing),
                Placement.load(folder / "placement.npz"),
                truth["x"],
                folder,
            )

    return make
