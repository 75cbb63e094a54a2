"""Projections at full size against sums over turned samples and against the ball's own."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mtdbench.simulation.fourier_slices import Slices
from mtdbench.simulation.targets.resample import fit
from mtdbench.spaces import make_space

RIGHT_ANGLES = Rotation.create_group("O").as_quat()


def blob(side: int, seed: int = 0) -> np.ndarray:
    """A smooth volume without symmetry that is next to zero at the edges."""
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices((side,) * 3), 0, -1) - side // 2
    volume = np.zeros((side,) * 3)
    for centre in rng.uniform(-0.08, 0.08, (6, 3)) * side:
        distance = np.sum((grid - centre) ** 2, axis=-1)
        volume += rng.uniform(0.5, 1.5) * np.exp(-distance / (2 * (0.11 * side) ** 2))
    return volume


def distance(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.linalg.norm(left - right) / np.linalg.norm(right))


@pytest.mark.parametrize("side", [20, 21])
def test_the_identity_is_the_sum_along_z(side: int) -> None:
    volume = blob(side)
    (image,) = Slices(volume).project(np.array([[0.0, 0, 0, 1]]))
    assert distance(image.reshape(side, side), volume.sum(axis=0)) < 3e-4


@pytest.mark.parametrize("side", [20, 21])
def test_right_angles_move_samples_onto_samples(side: int) -> None:
    """V(R^-1 r), by hand: the sample at r = R s is the one at s."""
    volume, half = blob(side), side // 2
    images = Slices(volume).project(RIGHT_ANGLES).reshape(-1, side, side)
    positions = np.indices(volume.shape).reshape(3, -1).T[:, ::-1] - half  # x, y, z
    for pose, image in zip(RIGHT_ANGLES, images, strict=True):
        moved = np.rint(Rotation.from_quat(pose).apply(positions)).astype(int) + half
        kept = np.all((moved >= 0) & (moved < side), axis=1)
        expected = np.zeros((side, side))
        np.add.at(expected, (moved[kept, 1], moved[kept, 0]), volume.ravel()[kept])
        assert distance(image, expected) < 1e-3


@pytest.mark.parametrize("window", [10, 11])
def test_they_are_the_projections_of_the_ball(window: int) -> None:
    """For a volume that the ball holds, at its own size: the same poses, axes, middle."""
    space, rng = make_space("ball", window), np.random.default_rng(1)
    x = space.expand(fit(blob(60), window))
    poses = space.random_poses(rng, 8)
    assert distance(Slices(space.render(x)).project(poses), space.project(x, poses)) < 5e-3


@pytest.mark.parametrize(("window", "side"), [(11, 33), (11, 40), (10, 33)])
def test_larger_ones_cropped_are_the_projections_of_the_ball(window: int, side: int) -> None:
    space, rng = make_space("ball", window), np.random.default_rng(2)
    x = space.expand(fit(blob(60), window))
    poses = space.random_poses(rng, 8)
    large = Slices(fit(blob(60), side)).project(poses).reshape(-1, side, side)
    images = np.stack([_cropped(image, window) for image in large]) * window / side
    assert distance(images, space.project(x, poses).reshape(images.shape)) < 5e-3


def _cropped(image: np.ndarray, size: int) -> np.ndarray:
    """About the middle, with its mean preserved: by the resampling that volumes get."""
    volume = np.zeros((len(image),) * 3)
    volume[:] = image  # the same at every z
    return fit(volume, size)[0]


def test_a_band_leaves_out_what_is_beyond_it() -> None:
    volume = np.random.default_rng(0).standard_normal((24, 24, 24))
    poses = Rotation.random(3, rng=5).as_quat()
    whole = np.fft.fft2(Slices(volume).project(poses).reshape(-1, 24, 24))
    low = np.fft.fft2(Slices(volume, 5.0).project(poses).reshape(-1, 24, 24))
    k = np.hypot(*np.meshgrid(*(np.fft.fftfreq(24, 1 / 24),) * 2))
    np.testing.assert_allclose(low[:, k < 5], whole[:, k < 5], atol=1e-2)
    assert np.abs(low[:, k >= 5]).max() < 1e-3 * np.abs(low).max()
    assert np.abs(whole[:, k >= 5]).max() > 0.1 * np.abs(whole).max()
