"""Data that the estimators' tests share, and the formulas that they are held against."""

import runpy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench import Measurement, Placement, Space, make_space
from mtdbench.metrics import errors
from mtdbench.simulate import place


@dataclass(frozen=True)
class Data:
    """A simulated measurement, and what only the test knows of it."""

    measurement: Measurement
    placement: Placement
    truth: np.ndarray

    @cached_property
    def space(self) -> Space:
        return self.measurement.space

    def error(self, x: np.ndarray) -> float:
        return errors(self.space, x, self.truth)["error"]

    @property
    def without_sigma(self) -> Measurement:
        return replace(self.measurement, sigma=None)


def simulated(
    space: Space,
    size: int,
    snr: float,
    density: float,
    seed: int,
    x: np.ndarray | None = None,
    spacing: str = "well-separated",
) -> Data:
    """Copies of x (random where None) at that density in float64, SNR over the placed copies."""
    rng, window, ndim = np.random.default_rng(seed), space.window, space.ndim_measurement
    x = space.random(rng) if x is None else x
    corners = place(size, window, ndim, density, spacing, rng)
    placement = Placement(corners, space.random_poses(rng, len(corners)))
    images = space.project(x, placement.poses).reshape(-1, *(window,) * ndim)
    y = np.zeros((size,) * ndim)
    for corner, image in zip(corners, images, strict=True):
        y[tuple(slice(c, c + window) for c in corner)] += image
    sigma = float(np.sqrt(np.mean(images**2) / snr))
    y += sigma * rng.standard_normal(y.shape)
    return Data(Measurement(y, space, sigma, spacing), placement, x)


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Data]:
    return simulated


@pytest.fixture(scope="session")
def signal() -> Data:
    """An easy signal."""
    return simulated(make_space("line", 6), 6000, 4.0, 0.2, 0)


@pytest.fixture(scope="session")
def image() -> Data:
    """An easy image."""
    return simulated(make_space("disc", 5), 150, 10.0, 0.06, 1)


@pytest.fixture(params=["signal", "image"])
def data(request: pytest.FixtureRequest) -> Data:
    """Each of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def brute_force() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "brute_force.py")))
