"""The two ends of the scale: told everything, and told nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.references import oracle as module
from mtdbench.estimators.references.oracle import oracle
from mtdbench.estimators.references.zero import zero
from mtdbench.model.measurement import Measurement, Placement


def explicit(data: Any) -> np.ndarray:
    """Least squares with the matrix of all copies' samples."""
    space, y, rows, values = data.space, data.measurement.samples, [], []
    for corner, pose in zip(data.placement.corners, data.placement.poses, strict=True):
        rows.append(space.operator(pose[None])[0])
        values.append(y[tuple(slice(c, c + space.window) for c in corner)].ravel())
    return np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0]


@pytest.mark.parametrize("chunk", [7, 4096])
def test_the_oracle_is_least_squares(
    data: Any, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    rng = np.random.default_rng(0)
    (estimate,) = oracle(data.measurement, rng, placement=data.placement)
    np.testing.assert_allclose(estimate.x, explicit(data), rtol=1e-9)
    pixels = data.space.window.size
    assert estimate.density == pytest.approx(
        len(data.placement.corners) * pixels / data.measurement.samples.size
    )
    assert estimate.converged is None


def test_the_oracle_is_exact_without_noise(data: Any) -> None:
    space = data.space
    y = np.zeros(data.measurement.samples.shape)
    images = space.project(data.truth, data.placement.poses)
    for corner, image in zip(data.placement.corners, images, strict=True):
        place = tuple(slice(c, c + space.window) for c in corner)
        y[place] = image.reshape((space.window,) * y.ndim)
    clean = replace(data.measurement, samples=y)
    (estimate,) = oracle(clean, np.random.default_rng(0), placement=data.placement)
    np.testing.assert_allclose(estimate.x, data.truth, rtol=1e-9, atol=1e-11)


def test_the_oracles_error_is_that_of_averaging(signal: Any) -> None:
    """In 1-D sigma sqrt(L / copies) / ||x||, give or take."""
    (estimate,) = oracle(signal.measurement, np.random.default_rng(0), placement=signal.placement)
    copies, window = len(signal.placement.corners), signal.space.window
    expected = signal.measurement.sigma * np.sqrt(window / copies) / np.linalg.norm(signal.truth)
    assert 0.3 < signal.error(estimate.x) / expected < 2


def test_zero(data: Any) -> None:
    measurement: Measurement = data.measurement
    (estimate,) = zero(measurement, np.random.default_rng(0))
    assert np.array_equal(estimate.x, np.zeros(data.space.size))
    assert data.error(estimate.x) == 1
    assert estimate.converged is None


@pytest.mark.parametrize("chunk", [7, 4096])
def test_the_oracle_knows_which_micrograph(
    data: Any, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same copies, halves of them in two micrographs, give the same estimate."""
    monkeypatch.setattr(module, "CHUNK", chunk)
    y, placement = data.measurement.samples, data.placement
    middle = len(y) // 2 - data.space.window
    away = ~np.isin(np.arange(len(placement.corners)), _between(placement, middle, data.space))
    corners, poses = placement.corners[away], placement.poses[away]
    second = corners[:, 0] >= middle
    parts = np.stack([y[:middle], y[middle : 2 * middle]])
    inside = corners[:, 0] + data.space.window <= 2 * middle
    moved = corners - np.where(second, middle, 0)[:, None] * (np.arange(y.ndim) == 0)
    told = Placement(moved[inside], poses[inside], second[inside].astype(int))
    whole = Placement(corners[inside], poses[inside])
    rng = np.random.default_rng(0)
    (expected,) = oracle(data.measurement, rng, placement=whole)
    (estimate,) = oracle(replace(data.measurement, samples=parts), rng, placement=told)
    assert 0 < np.sum(second[inside]) < np.sum(inside)
    np.testing.assert_allclose(estimate.x, expected.x, rtol=1e-9)
    covered = np.sum(inside) * data.space.window**y.ndim
    assert estimate.density == pytest.approx(covered / parts.size)


def _between(placement: Placement, middle: int, space: Any) -> np.ndarray:
    """Copies that the cut goes through."""
    first = placement.corners[:, 0]
    return np.flatnonzero((first < middle) & (first + space.window > middle))
