"""Copies that a micrograph shows but a part of."""

import numpy as np

from mtdbench import Measurement, make_space
from mtdbench.picking import pick
from mtdbench.picking.particles import particles_of_diameter
from mtdbench.picking.rim import with_rim, without_rim

SPACE = make_space("disc", 5)
SIGMA = 0.1


def cut(corner: tuple[int, int]) -> tuple[Measurement, np.ndarray]:
    """A micrograph of 20 x 20 samples with one copy, which lies over its edge, and the object."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(SPACE.size)
    whole = np.zeros((40, 40))
    first = np.array(corner) + 10
    whole[first[0] : first[0] + 5, first[1] : first[1] + 5] = SPACE.project(
        x, SPACE.poses(8)[2:3]
    ).reshape(5, 5)
    noisy = whole + SIGMA * rng.standard_normal(whole.shape)
    return Measurement(noisy[10:30, 10:30], SPACE, SIGMA), x


def test_patches_over_the_rim_find_particles_that_lie_over_it() -> None:
    """Only there does some patch see nearly all of them."""
    corner = (-2, 10)
    measurement, x = cut(corner)
    bare = pick(measurement, x, poses=8, grids=25)
    rimmed = without_rim(pick(with_rim(measurement, 5), x, poses=8, grids=25), 5)
    assert particles_of_diameter(bare, measurement, 5.0).corners.tolist() == []
    assert particles_of_diameter(rimmed, measurement, 5.0).corners.tolist() == [list(corner)]


def test_what_a_rim_adds_was_not_measured() -> None:
    """The likelihood of all patches is that of the samples: a rim as wide as a patch changes
    nothing but patches that see nothing, which are left out.
    """
    measurement, x = cut((3, 7))
    bare = pick(measurement, x, poses=8)
    rimmed = without_rim(pick(with_rim(measurement, 5), x, poses=8), 5)
    np.testing.assert_array_equal(rimmed.patches, bare.patches)
    np.testing.assert_array_equal(rimmed.shifts, bare.shifts)
    np.testing.assert_allclose(rimmed.loglik, bare.loglik, rtol=1e-6)


def test_a_mask_stays_one() -> None:
    measurement, _ = cut((3, 7))
    twice = with_rim(with_rim(measurement, 2), 3)
    assert twice.stack.shape == (1, 30, 30)
    assert np.asarray(twice.forward.measured).sum() == 400
