"""Laws of volumes and their projections."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mtdbench import InputError, make_space
from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.alignment import align_volumes
from mtdbench.spaces.volume.volume import Ball


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def relative(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.linalg.norm(left - right) / np.linalg.norm(right))


def smooth(space: Ball, rng: np.random.Generator) -> np.ndarray:
    """Coefficients of a few broad blobs near the middle, which box and bandlimit hardly cut."""
    grid = np.indices(space.shape) - space.length // 2
    volume = np.zeros(grid.shape[1:])
    for centre in rng.uniform(-0.03, 0.03, (6, 3)) * space.length:
        distance = np.sum((grid - centre[:, None, None, None]) ** 2, axis=0)
        volume += rng.uniform(0.5, 1.5) * np.exp(-distance / (2 * (0.125 * space.length) ** 2))
    return space.expand(volume)


@pytest.mark.parametrize(("degree", "size"), [(6, 132), (8, 179), (10, 219)])
def test_the_papers_counts(degree: int, size: int) -> None:
    ball = Ball.from_basis(11, f"degree:{degree}")
    assert ball.shells.radials == (4, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1)[: degree + 1]
    assert ball.size == size
    assert len(ball.poses(552)) == 552
    assert [level.degree for level in ball.resolution_levels()] == list(range(6, degree + 1, 2))
    from_two = Ball(11, degree, ball.basis, coarsest=2)
    assert [level.degree for level in from_two.resolution_levels()] == list(range(2, degree + 1, 2))


def test_a_degree_that_the_window_does_not_hold_is_refused() -> None:
    with pytest.raises(InputError, match=r"'degree:11'.*window 11.*at most 10"):
        Ball.from_basis(11, "degree:11")
    with pytest.raises(InputError, match="window 4 for space 'ball': expected at least 5"):
        make_space("ball", 4)


@pytest.mark.parametrize("window", [7, 8, 11, 12, 31])
def test_the_first_pose_sums_along_z(window: int, rng: np.random.Generator) -> None:
    ball = Ball.from_basis(window, "auto")
    x = rng.standard_normal(ball.size)
    shown = ball.project(x, rotations.IDENTITY[None])[0]
    assert relative(shown, ball.render(x).sum(axis=0).ravel()) < 1e-13


@pytest.mark.parametrize("window", [7, 11, 12])
def test_rotating_the_volume_is_rotating_the_pose(window: int, rng: np.random.Generator) -> None:
    ball = Ball.from_basis(window)
    x, (first, second) = rng.standard_normal(ball.size), rotations.random(rng, 2)
    both = (Rotation.from_quat(first) * Rotation.from_quat(second)).as_quat()
    rotated = ball.shells.rotate(x, second[None])[0]
    shown = ball.project(rotated, first[None])
    assert relative(shown, ball.project(x, both[None])) < 1e-10
    assert relative(shown, ball.project(x, rotations.compose(first[None], second[None]))) < 1e-10


@pytest.mark.parametrize("window", [7, 12])
def test_symmetries_are_the_derivatives_by_small_rotations_and_translations(
    window: int, rng: np.random.Generator
) -> None:
    ball, h = Ball.from_basis(window), 1e-4
    x = rng.standard_normal(ball.size)
    shells, (by_angle, by_shift) = ball.shells, np.split(ball.symmetries(x), 2)
    for axis, rotation, translation in zip(np.eye(3), by_angle, by_shift, strict=True):
        ahead, behind = (rotations.from_vector(sign * h * axis)[None] for sign in (1, -1))
        rotated = (shells.rotate(x, ahead) - shells.rotate(x, behind))[0] / (2 * h)
        assert relative(rotation, rotated) < 1e-6
        ends = (shells.translate_circularly(x, sign * h * axis) for sign in (1, -1))
        translated = np.subtract(*ends) / (2 * h)
        assert relative(translation, translated) < 1e-6


def test_a_quarter_turn_in_the_plane_is_exact(rng: np.random.Generator) -> None:
    ball = Ball.from_basis(11)
    x = rng.standard_normal(ball.size)
    pose = Rotation.from_euler("z", 90, degrees=True).as_quat()
    before, after = ball.project(x, np.stack([rotations.IDENTITY, pose])).reshape(2, 11, 11)
    assert relative(after, np.rot90(before, -1)) < 1e-12  # y points down the rows


@pytest.mark.parametrize("window", [11, 12, 15, 16, 21])
def test_projections_agree_with_aspires(
    window: int, rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # aspire writes a folder of logs
    from aspire.utils import Rotation as Theirs
    from aspire.volume import Volume

    ball = Ball.from_basis(window)
    x, poses = smooth(ball, rng), rotations.random(rng, 8)
    matrices = rotations.matrices(poses)
    # Theirs turns the axes, not the volume, is smaller by a factor L, and interpolates beyond the
    # ball of frequencies too.
    images = Volume(ball.render(x)).project(Theirs(matrices.transpose(0, 2, 1))).asnumpy()
    inside = np.hypot(*(np.indices((window, window)) - window // 2)) <= ball.shells.radius
    theirs = np.fft.ifft2(np.fft.fft2(images * window) * np.fft.ifftshift(inside)).real
    assert relative(theirs, ball.project(x, poses).reshape(theirs.shape)) < 1e-3


def test_recentred_undoes_a_translation(rng: np.random.Generator) -> None:
    ball = Ball.from_basis(11)
    x = ball.recentred(smooth(ball, rng))
    moved = ball.shells.translate_circularly(x, np.array([0.8, -0.6, 0.3]))
    assert relative(ball.recentred(moved), x) < 0.02
    assert relative(moved, x) > 0.1


@pytest.mark.parametrize("window", [11, 12, 15])
def test_align_recovers_rotation_reflection_and_translation(
    window: int, rng: np.random.Generator
) -> None:
    """To 1 degree and 0.05 samples, though the move takes some of the volume out of the basis."""
    ball = Ball.from_basis(window)
    shells = ball.shells
    for mirrored in (False, True):
        truth, pose, shift = ball.random(rng), rotations.random(rng, 1), rng.uniform(-1.5, 1.5, 3)
        x = shells.rotate(truth, pose)[0]
        x = shells.translate_circularly(np.where(shells.odd, -x, x) if mirrored else x, shift)
        found = align_volumes(shells, x, truth)
        assert found.mirrored is mirrored
        both = rotations.compose(found.pose[None], pose)[0]
        assert np.rad2deg(2 * np.arccos(min(1, abs(both[3])))) < 1
        back = rotations.matrices(found.pose[None])[0] @ (-shift if mirrored else shift)
        assert np.linalg.norm(back + found.shift) < 0.05


def test_rotation_grids_are_even(rng: np.random.Generator) -> None:
    """Every rotation has a grid point near, and the grid's mean of D^l vanishes for small l."""
    poses = rotations.grid(552)
    nearest = np.abs(rotations.random(rng, 500) @ poses.T).max(axis=1)
    assert np.rad2deg(2 * np.arccos(nearest.min())) < 40
    ball = Ball.from_basis(11, "degree:4")
    x = np.where(np.arange(ball.size) < ball.shells.radials[0], 0.0, rng.standard_normal(ball.size))
    assert np.linalg.norm(ball.shells.rotate(x, poses).mean(axis=0)) < 0.02 * np.linalg.norm(x)


@pytest.mark.parametrize("count", [1, 2, 24, 97, 552, 1000])
def test_grids_of_any_count(count: int) -> None:
    poses = rotations.grid(count)
    assert poses.shape == (count, 4)
    np.testing.assert_allclose(np.linalg.norm(poses, axis=1), 1, rtol=1e-14)
    distinct = np.abs(poses @ poses.T) - np.eye(count)
    assert distinct.max() < 1 - 1e-6 or count == 1


def test_a_rotated_grid_keeps_its_distances(rng: np.random.Generator) -> None:
    space = make_space("ball", 7)
    poses = space.poses(30)
    rotated = space.randomly_rotated_poses(poses, rng)
    assert np.allclose(np.abs(rotated @ rotated.T), np.abs(poses @ poses.T))
    assert np.abs(np.sum(rotated * poses, axis=1)).max() < 0.999
    assert not np.allclose(space.randomly_rotated_poses(poses, rng), rotated)


def test_the_default_number_of_poses_grows_with_the_detail_that_turns() -> None:
    counts = [make_space("ball", 11, f"degree:{degree}").default_poses for degree in range(1, 11)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (120, 552)


@pytest.mark.parametrize("entries", [0, 2**25])
def test_poses_made_ready_pose_as_before(entries: int) -> None:
    """With the matrices of the rotations, or without where they do not fit."""
    space, rng = Ball.from_basis(7, "degree:3"), np.random.default_rng(3)
    poses, x = space.random_poses(rng, 5), rng.standard_normal(space.size)
    posing, posed = space.posing(poses, entries), space.posed(x, poses)
    np.testing.assert_allclose(posing.apply(x), posed, atol=1e-13)
    back = space.posed_adjoint(posed, poses)
    np.testing.assert_allclose(posing.adjoint(posed), back, atol=1e-12)
