"""Moments that symmetry makes equal."""

import numpy as np
import pytest

from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.symmetry import exchanges, lag_orbits
from mtdbench.spaces import Window, make_space


def sides(y: np.ndarray) -> list[np.ndarray]:
    """The four turns of an image and those of its mirror image."""
    return [np.rot90(z, k) for z in (y, y.T) for k in range(4)]


def flips(y: np.ndarray) -> list[np.ndarray]:
    """What a box of unequal sides leaves: the image with some of its axes reversed."""
    axes = [[axis for axis in range(y.ndim) if k >> axis & 1] for k in range(2**y.ndim)]
    return [np.flip(y, some) for some in axes]


def moments(y: np.ndarray, box: Window) -> np.ndarray:
    return measured_moments(y[None], box).values


def test_an_image_and_its_eight_sides_share_the_mean_over_orbits() -> None:
    y = np.random.default_rng(0).standard_normal((12, 12))
    box = Window((4, 4))
    groups, every = lag_orbits(box, flips=True), np.array([moments(z, box) for z in sides(y)])
    means = groups.mean(every)
    np.testing.assert_allclose(means, np.broadcast_to(means[0], means.shape), atol=1e-14)
    np.testing.assert_allclose(every.mean(axis=0), means[0][groups.label], atol=1e-14)


@pytest.mark.parametrize("flipped", [True, False])
@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (2, 3, 2)], ids=str)
def test_orbits_are_as_large_as_they_can_be(flipped: bool, shape: tuple[int, ...]) -> None:
    """Generic images have equal moments, over what the box leaves alone, in an orbit and nowhere
    else: exchanges of axes along which it is equally long, and reversals of all.
    """
    box, y = Window(shape), np.random.default_rng(1).standard_normal((9,) * len(shape))
    seen = [
        np.transpose(z, axes) for z in (flips(y) if flipped else [y]) for axes in exchanges(box)
    ]
    mean = np.mean([moments(z, box) for z in seen], axis=0)
    groups = lag_orbits(box, flipped)
    np.testing.assert_allclose(groups.mean(mean)[groups.label], mean, atol=1e-14)
    assert len(np.unique(mean.round(12))) == len(groups.first)
    assert np.array_equal(groups.label[groups.first], np.arange(len(groups.first)))
    assert groups.sizes.sum() == len(mean) == lags(box).count


def test_axes_of_equal_length_can_be_exchanged() -> None:
    assert exchanges(Window((3, 5))) == [(0, 1)]
    assert exchanges(Window((3, 3))) == [(0, 1), (1, 0)]
    assert exchanges(Window((3, 5, 3))) == [(0, 1, 2), (2, 1, 0)]
    assert exchanges(Window((3, 3)), Window((5, 4))) == [(0, 1)]


def test_a_window_that_cannot_be_exchanged_splits_the_orbits_of_a_box_that_can() -> None:
    box = Window((3, 3))
    alone, split = lag_orbits(box, True), lag_orbits(box, True, Window((5, 4)))
    assert len(split.first) > len(alone.first)
    assert len(set(zip(split.label, alone.label, strict=True))) == len(split.first)
    same = lag_orbits(box, True, Window((5, 5)))
    assert np.array_equal(same.label, alone.label)


@pytest.mark.parametrize("length", [6, 7])
def test_moments_of_volumes_are_equal_within_orbits(length: int) -> None:
    space = make_space("ball", length, "degree:2")
    window, (poses, shares) = space.window, space.quadrature()
    x = np.random.default_rng(2).standard_normal(space.size)
    values = model_moments(space.project(x, poses), lags(window), window, np, shares)
    groups = lag_orbits(window, flips=length % 2 == 1)
    spread = np.abs(groups.mean(values)[groups.label] - values)
    assert spread.max() < 1e-12 * np.abs(values).max()


def test_signals_have_mirror_images_too() -> None:
    y = np.random.default_rng(3).standard_normal(30)
    box = Window((4,))
    groups = lag_orbits(box, flips=True)
    np.testing.assert_allclose(*(groups.mean(moments(z, box)) for z in (y, y[::-1])), atol=1e-14)
    assert len(lag_orbits(box, flips=False).first) == lags(box).count
