"""Moments that symmetry makes equal."""

import numpy as np
import pytest

from mtdbench.moments.autocorrelations import lags, measured, model
from mtdbench.moments.symmetry import classes
from mtdbench.spaces import make_space


def sides(y: np.ndarray) -> list[np.ndarray]:
    """The four turns of an image and those of its mirror image."""
    return [np.rot90(z, k) for z in (y, y.T) for k in range(4)]


def test_an_image_and_its_eight_sides_share_the_mean_over_classes() -> None:
    y = np.random.default_rng(0).standard_normal((12, 12))
    groups = classes(4, 2, flips=True)
    every = np.array([measured(side, 4).values for side in sides(y)])
    means = groups.mean(every)
    np.testing.assert_allclose(means, np.broadcast_to(means[0], means.shape), atol=1e-14)
    np.testing.assert_allclose(every.mean(axis=0), means[0][groups.label], atol=1e-14)


@pytest.mark.parametrize("flips", [True, False])
def test_classes_are_as_large_as_they_can_be(flips: bool) -> None:
    """Generic images have equal moments, over their sides, in a class and nowhere else."""
    y = np.random.default_rng(1).standard_normal((9, 9))
    seen = sides(y) if flips else [y, y.T]
    moments = np.mean([measured(side, 3).values for side in seen], axis=0)
    groups = classes(3, 2, flips)
    assert len(np.unique(moments.round(12))) == len(groups.first)
    assert np.array_equal(groups.label[groups.first], np.arange(len(groups.first)))
    assert groups.sizes.sum() == len(moments) == lags(3, 2).count


@pytest.mark.parametrize("window", [6, 7])
def test_moments_of_volumes_are_equal_within_classes(window: int) -> None:
    space = make_space("ball", window, "degree:2")
    poses, shares = space.quadrature()
    x = np.random.default_rng(2).standard_normal(space.size)
    moments = model(space.project(x, poses), lags(window, 2), np, shares)
    groups = classes(window, 2, flips=window % 2 == 1)
    spread = np.abs(groups.mean(moments)[groups.label] - moments)
    assert spread.max() < 1e-12 * np.abs(moments).max()


def test_signals_have_mirror_images_too() -> None:
    y = np.random.default_rng(3).standard_normal(30)
    groups = classes(4, 1, flips=True)
    both = [groups.mean(measured(z, 4).values) for z in (y, y[::-1])]
    np.testing.assert_allclose(*both, atol=1e-14)
    assert len(classes(4, 1, flips=False).first) == lags(4, 1).count
