"""Contaminations are left out; copies are not, however strong."""

from collections.abc import Callable

import numpy as np
import pytest

import mtdbench
from mtdbench.preparation import Prepared

Make = Callable[..., np.ndarray]
Prepare = Callable[..., Prepared]


def left_out(prepared: Prepared, shape: tuple[int, ...]) -> np.ndarray:
    """Which samples of one micrograph were left out."""
    result = np.ones(shape, dtype=bool)
    image = prepared.micrographs.images[0]
    box = tuple(slice(a, a + n) for a, n in zip(prepared.origins[0], image.shape, strict=True))
    masks = prepared.micrographs.measured
    result[box] = False if masks is None else ~masks[0]
    return result


@pytest.mark.parametrize("density", [0.005, 0.07, 0.2, 0.4])
@pytest.mark.parametrize("space", ["disc", "ball"])
def test_of_clean_micrographs_hardly_a_sample_is_lost(
    space: str, density: float, prepare: Prepare
) -> None:
    """Copies at SNR 10, from few to crowded ones."""
    data = mtdbench.simulate(
        space, 7, size=240, snr=10, density=density, spacing="arbitrary", seed=2
    )
    y = data.measurement.samples
    prepared = prepare(y, window=7)
    assert left_out(prepared, y.shape).mean() < 0.01
    assert prepared.kernel is None


@pytest.mark.parametrize(("level", "spread"), [(-40.0, 3.0), (0.0, 6.0), (8.0, 1.0)])
def test_a_crystal_is_left_out(
    level: float, spread: float, micrograph: Make, prepare: Prepare
) -> None:
    y = micrograph()
    crystal = np.zeros(y.shape, dtype=bool)
    crystal[60:110, 180:240] = True
    noise = np.random.default_rng(1).standard_normal(crystal.sum())
    y[crystal] = level + spread * noise
    prepared = prepare(y)
    found = left_out(prepared, y.shape)
    assert found[crystal].mean() > 0.97
    assert found[~crystal].mean() < 0.05
    assert prepared.report["contaminated"][0] == pytest.approx(found.mean(), abs=0.01)


def test_among_many_copies_a_small_one_is_seen(prepare: Prepare) -> None:
    """A blob as wide as a copy, ten times as strong."""
    data = mtdbench.simulate("disc", 9, size=300, snr=1, density=0.45, spacing="arbitrary", seed=0)
    y = data.measurement.samples / data.measurement.sigma
    assert left_out(prepare(y, window=9), y.shape).mean() < 0.01
    y[100:112, 150:162] += 25
    found = left_out(prepare(y, window=9), y.shape)
    assert found[100:112, 150:162].mean() > 0.95
    assert found.mean() < 0.02


def test_where_it_is_not_asked_for_nothing_is_left_out(micrograph: Make, prepare: Prepare) -> None:
    y = micrograph()
    y[60:110, 180:240] = -40
    assert prepare(y, contamination=False).micrographs.measured is None
