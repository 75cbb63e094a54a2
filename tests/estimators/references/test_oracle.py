"""The two ends of the scale: told everything, and told nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.references.oracle import normal_equations, oracle
from mtdbench.estimators.references.zero import zero
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement


def explicit(data: Any) -> np.ndarray:
    """Least squares with the matrix of all copies' samples."""
    space, y, rows, values = data.space, data.measurement.samples, [], []
    for corner, pose in zip(data.placement.corners, data.placement.poses, strict=True):
        rows.append(space.operator(pose[None])[0])
        values.append(y[tuple(map(slice, corner, corner + space.window.shape))].ravel())
    return np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0]


def test_the_oracle_is_least_squares(data: Any) -> None:
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
        y[tuple(map(slice, corner, corner + space.window.shape))] = space.window.reshape(image)
    clean = replace(data.measurement, samples=y)
    (estimate,) = oracle(clean, np.random.default_rng(0), placement=data.placement)
    np.testing.assert_allclose(estimate.x, data.truth, rtol=1e-9, atol=1e-11)


def test_the_oracles_error_is_that_of_averaging(signal: Any) -> None:
    """In 1-D sigma sqrt(L / copies) / ||x||, give or take."""
    (estimate,) = oracle(signal.measurement, np.random.default_rng(0), placement=signal.placement)
    copies, length = len(signal.placement.corners), signal.space.length
    expected = signal.measurement.sigma * np.sqrt(length / copies) / np.linalg.norm(signal.truth)
    assert 0.3 < signal.error(estimate.x) / expected < 2


def test_zero(data: Any) -> None:
    measurement: Measurement = data.measurement
    (estimate,) = zero(measurement, np.random.default_rng(0))
    assert np.array_equal(estimate.x, np.zeros(data.space.size))
    assert data.error(estimate.x) == 1
    assert estimate.converged is None


@pytest.mark.parametrize("at_once", [1, 7, 4096])
def test_the_normal_equations_do_not_depend_on_how_many_are_read_together(
    data: Any, at_once: int
) -> None:
    matrix, right = normal_equations(data.measurement, data.placement, at_once)
    x = np.linalg.solve(matrix, right)
    np.testing.assert_allclose(x, explicit(data), rtol=1e-9)
    assert np.array_equal(matrix, matrix.T)


@pytest.mark.parametrize("at_once", [7, 4096])
def test_the_oracle_knows_which_micrograph(data: Any, at_once: int) -> None:
    """The same copies, halves of them in two micrographs, give the same estimate."""
    y, placement, length = data.measurement.samples, data.placement, data.space.length
    middle = len(y) // 2 - length
    away = ~np.isin(np.arange(len(placement.corners)), _between(placement, middle, data.space))
    corners, poses = placement.corners[away], placement.poses[away]
    second = corners[:, 0] >= middle
    parts = np.stack([y[:middle], y[middle : 2 * middle]])
    inside = corners[:, 0] + length <= 2 * middle
    moved = corners - np.where(second, middle, 0)[:, None] * (np.arange(y.ndim) == 0)
    told = Placement(moved[inside], poses[inside], second[inside].astype(int))
    whole = Placement(corners[inside], poses[inside])
    rng = np.random.default_rng(0)
    (expected,) = oracle(data.measurement, rng, placement=whole)
    halves = replace(data.measurement, samples=parts)
    (estimate,) = oracle(halves, rng, placement=told)
    assert 0 < np.sum(second[inside]) < np.sum(inside)
    np.testing.assert_allclose(estimate.x, expected.x, rtol=1e-9)
    x = np.linalg.solve(*normal_equations(halves, told, at_once))
    np.testing.assert_allclose(x, expected.x, rtol=1e-9)
    covered = np.sum(inside) * data.space.window.size
    assert estimate.density == pytest.approx(covered / parts.size)


def _between(placement: Placement, middle: int, space: Any) -> np.ndarray:
    """Copies that the cut goes through."""
    first = placement.corners[:, 0]
    return np.flatnonzero((first < middle) & (first + space.length > middle))


@pytest.mark.parametrize("at_once", [7, 4096])
def test_filter_background_and_mask_are_accounted_for(data: Any, at_once: int) -> None:
    """Without noise the truth comes back, though the copies are smeared out by another kernel in
    each micrograph, reach beyond the edge, lie on a background and were not measured everywhere.
    """
    space, rng = data.space, np.random.default_rng(3)
    ndim, window, shape = space.window.ndim, space.window, (2, *data.measurement.samples.shape)
    kernels = rng.uniform(0.1, 1, (2, *(3,) * ndim))
    forward = ForwardModel(
        space,
        tuple(Convolution(kernel) for kernel in kernels),
        groups=np.array([1, 0]),
        background=2.5,
        measured=rng.uniform(size=shape) < 0.8,
    )
    corners = np.concatenate([np.zeros((1, ndim), int), data.placement.corners[1:]])
    half = np.arange(len(corners)) >= len(corners) // 2
    placement = Placement(corners, data.placement.poses, half.astype(int))
    y = np.full(tuple(n + 2 if axis else n for axis, n in enumerate(shape)), 2.5)
    for corner, pose, micrograph in zip(corners, placement.poses, half.astype(int), strict=True):
        image = forward.project(data.truth, pose[None], int(forward.groups[micrograph]))
        box = tuple(map(slice, corner, corner + window.grown(1).shape))
        y[micrograph][box] += window.grown(1).reshape(image)[0]
    y = y[(slice(None), *(slice(1, -1),) * ndim)].copy()
    y[~forward.measured] = 1e6
    blurred = replace(data.measurement, samples=y, forward=forward)
    x = np.linalg.solve(*normal_equations(blurred, placement, at_once))
    np.testing.assert_allclose(x, data.truth, rtol=1e-9, atol=1e-10)
