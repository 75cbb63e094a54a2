"""What docs/conventions.md says of axes, centres, signs and units, as laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mtdbench import Measurement, make_space
from mtdbench.evaluate.fsc import shell_correlation
from mtdbench.evaluate.relative_error import errors
from mtdbench.optics import TransferFunction, point_spreads
from mtdbench.picking import pick
from mtdbench.picking.particle_files import write_star
from mtdbench.picking.particles import Particles
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.simulation.targets.targets import make_target
from mtdbench.spaces.volume import rotations

IDENTITY = np.array([[0.0, 0.0, 0.0, 1.0]])
HALF = 0.5**0.5
QUARTER = {"x": [HALF, 0, 0, HALF], "y": [0, HALF, 0, HALF], "z": [0, 0, HALF, HALF]}


def brightest(image: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(image.argmax(), image.shape))


def projection(x: np.ndarray, pose: list[float], side: int, name: str = "ball") -> np.ndarray:
    """The image (y, x) that one pose shows."""
    return make_space(name, side).project(x, np.array([pose])).reshape(side, side)


def voxel(side: int, **offset: int) -> np.ndarray:
    """Coefficients of a voxel at that offset, in samples along x, y, z, from the sample L // 2."""
    volume = np.zeros((side,) * 3)
    volume[tuple(side // 2 + offset.get(axis, 0) for axis in "zyx")] = 1
    return make_space("ball", side).expand(volume)


def dataset(folder: Path, **values: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """`dataset.json`, and the arrays of a simulated data set."""
    facts = write_dataset(Recipe(**values), folder)
    assert facts == json.loads((folder / "dataset.json").read_text())
    arrays = {"samples": np.load(folder / "measurement.npy")}
    for name in ("placement", "truth"):
        arrays |= dict(np.load(folder / f"{name}.npz"))
    return facts, arrays


# Axes, projection


@pytest.mark.parametrize("side", [10, 11])
def test_a_voxel_at_z_y_x_projects_to_y_x(side):
    image = projection(voxel(side, z=1, y=2, x=-2), [0, 0, 0, 1], side)
    assert brightest(image) == (side // 2 + 2, side // 2 - 2)


@pytest.mark.parametrize("side", [10, 11])
def test_a_projection_is_the_plain_sum_along_z(side):
    space = make_space("ball", side)
    x = space.random(np.random.default_rng(0))
    image = projection(x, [0, 0, 0, 1], side)
    np.testing.assert_allclose(image, space.render(x).sum(axis=0), atol=1e-9)


# Rotations


def test_a_quarter_turn_of_an_image_takes_x_to_y():
    space, centre = make_space("disc", 9), 4
    image = np.zeros((9, 9))
    image[centre, centre + 2] = 1
    turned = projection(space.expand(image), [np.pi / 2], 9, "disc")
    assert brightest(turned) == (centre + 2, centre)


@pytest.mark.parametrize("side", [5, 6])
def test_that_is_clockwise_where_rows_run_down(side):
    space = make_space("disc", side)
    x = space.random(np.random.default_rng(0))
    turned = projection(x, [np.pi / 2], side, "disc")
    np.testing.assert_allclose(turned, np.rot90(space.render(x), -1), atol=1e-9)


@pytest.mark.parametrize(
    ("axis", "start", "end"),
    [("z", "x", "y"), ("x", "y", "z"), ("y", "z", "x")],
)
def test_a_quarter_turn_of_a_volume_is_right_handed(axis, start, end):
    side, centre = 11, 5
    image = projection(voxel(side, **{start: 2}), QUARTER[axis], side)
    seen = {"x": (centre, centre + 2), "y": (centre + 2, centre), "z": (centre, centre)}
    assert brightest(image) == seen[end]


def test_quaternions_are_x_y_z_w_and_matrices_act_on_x_y_z():
    poses = rotations.random(np.random.default_rng(0), 5)
    np.testing.assert_allclose(rotations.matrices(poses), Rotation.from_quat(poses).as_matrix())
    (matrix,) = rotations.matrices(np.array([QUARTER["z"]]))
    np.testing.assert_allclose(matrix @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_euler_angles_are_z_y_z():
    euler = np.array([[0.3, 1.1, -0.7]])
    (ours,) = rotations.matrices(rotations.quaternions(euler))
    about = [Rotation.from_euler(axis, angle) for axis, angle in zip("zyz", euler[0], strict=True)]
    np.testing.assert_allclose(ours, (about[0] * about[1] * about[2]).as_matrix(), atol=1e-12)


def test_of_two_rotations_the_second_one_acts_first():
    first, second = rotations.random(np.random.default_rng(0), 2)[:, None]
    (product,) = rotations.matrices(rotations.compose(first, second))
    expected = rotations.matrices(first)[0] @ rotations.matrices(second)[0]
    np.testing.assert_allclose(product, expected, atol=1e-12)


# Centres


@pytest.mark.parametrize("side", [5, 6])
def test_images_turn_about_the_middle_of_the_window(side):
    """(L - 1)/2: between two samples where L is even."""
    space = make_space("disc", side)
    x = space.random(np.random.default_rng(0))
    turned = projection(x, [np.pi], side, "disc")
    np.testing.assert_allclose(turned, space.render(x)[::-1, ::-1], atol=1e-9)


@pytest.mark.parametrize("side", [10, 11])
def test_volumes_turn_about_the_sample_at_half_the_side(side):
    """L // 2: sample r goes to 2 (L // 2) - r, circularly."""
    x = make_space("ball", side).random(np.random.default_rng(0))
    index = (2 * (side // 2) - np.arange(side)) % side
    turned = projection(x, [0, 0, 1, 0], side)
    expected = projection(x, [0, 0, 0, 1], side)[np.ix_(index, index)]
    np.testing.assert_allclose(turned, expected, atol=1e-9)


def test_a_star_file_has_the_sample_at_half_the_side_and_x_first(tmp_path):
    window = make_space("disc", 6).window
    one = Particles(window, np.array([0]), np.array([[10, 20]]), np.array([0.5]))  # corner y, x
    write_star(tmp_path / "p.star", one, ["m.mrc"])
    row = (tmp_path / "p.star").read_text().split()[-4:]
    assert row == ["m.mrc", "23.000000", "13.000000", "0.500000"]


# Signs, scale


@pytest.mark.parametrize("space", ["line", "disc"])
def test_copies_add_to_the_measurement_from_their_first_sample_on(tmp_path, space):
    _, data = dataset(tmp_path, space=space, window=5, size=100, snr=1e12, density=0.1)
    images = make_space(space, 5).project(data["x"], data["poses"])
    for corner, image in zip(data["corners"], images, strict=True):
        seen = data["samples"][tuple(slice(first, first + 5) for first in corner)]
        np.testing.assert_allclose(seen.ravel(), image, atol=1e-4)


def test_a_shift_leads_from_a_patch_to_the_copy(tmp_path):
    facts, data = dataset(tmp_path, space="disc", window=5, size=20, snr=1e4, density=0.0625)
    space = make_space("disc", 5)
    picks = pick(Measurement(data["samples"], space, facts["sigma"]), data["x"], poses=64)
    assert np.abs(picks.shifts).max() <= 4
    np.testing.assert_array_equal(picks.corners, picks.patches + picks.shifts)
    surest = np.argmin(picks.empty)
    assert picks.corners[surest].tolist() == data["corners"][0].tolist()


@pytest.mark.parametrize(
    ("space", "window", "size"), [("line", 10, 5000), ("disc", 5, 300), ("ball", 11, 300)]
)
def test_snr_is_the_mean_energy_of_the_placed_copies_per_sample(tmp_path, space, window, size):
    facts, data = dataset(tmp_path, space=space, window=window, size=size, snr=3, density=0.05)
    images = make_space(space, window).project(data["x"], data["poses"])
    assert facts["sigma"] ** 2 == pytest.approx(np.mean(images**2) / 3)


def test_density_is_the_share_of_samples_in_windows_of_copies_as_placed(tmp_path):
    facts, data = dataset(
        tmp_path, space="disc", window=5, size=200, snr=1, density=None, micrographs=2
    )
    assert facts["density"] == len(data["corners"]) * 5**2 / (2 * 200**2)
    assert facts["density_requested"] is None


@pytest.mark.parametrize(("spacing", "least"), [("well-separated", 9), ("arbitrary", 5)])
def test_copies_keep_their_distance_along_some_axis(tmp_path, spacing, least):
    """2L - 1 where well separated, else L; at saturation some are no farther apart."""
    _, data = dataset(
        tmp_path, space="disc", window=5, size=200, snr=1, density=None, spacing=spacing
    )
    apart = np.abs(data["corners"][:, None] - data["corners"]).max(axis=2)
    assert apart[~np.eye(len(apart), dtype=bool)].min() == least


@pytest.mark.parametrize(
    ("space", "window", "tolerance"),
    [("line", 10, 1e-12), ("disc", 5, 0.03), ("disc", 9, 0.03), ("ball", 11, 1e-3)],
)
def test_the_norm_of_x_is_near_that_of_the_object(space, window, tolerance):
    space = make_space(space, window)
    x = space.random(np.random.default_rng(0))
    assert np.linalg.norm(x) == pytest.approx(np.linalg.norm(space.render(x)), rel=tolerance)


@pytest.mark.parametrize(
    ("space", "window", "target"),
    [
        ("line", 10, "asd1"),
        ("line", 21, "step"),
        ("disc", 9, "picture:camera"),
        ("ball", 11, "volume:shepp-logan"),
    ],
)
def test_named_targets_have_a_mean_square_of_one_over_the_window(space, window, target):
    space = make_space(space, window)
    x = make_target(target, space, np.random.default_rng(0))
    assert np.mean(space.render(x) ** 2) == pytest.approx(1)


def test_an_array_keeps_its_values(tmp_path):
    np.save(tmp_path / "mine.npy", 7 * np.arange(10.0))
    x = make_target(str(tmp_path / "mine.npy"), make_space("line", 10), np.random.default_rng(0))
    np.testing.assert_array_equal(x, 7 * np.arange(10.0))


def test_shells_are_in_cycles_per_sample():
    volume = np.random.default_rng(0).standard_normal((10,) * 3)
    frequencies, _ = shell_correlation(volume, volume)
    np.testing.assert_allclose(frequencies, np.arange(1, 5) / 10)


# What the data cannot tell, and what an error therefore leaves out


def test_a_signal_is_compared_as_it_stands():
    space = make_space("line", 10)
    x = space.random(np.random.default_rng(0))
    assert errors(space, np.roll(x, 1), x)["error"] > 0.1


def test_several_signals_are_compared_in_any_order():
    space = make_space("line", 10, "classes:3")
    x = space.random(np.random.default_rng(0))
    assert errors(space, np.roll(x, 10), x)["error"] == 0
    assert errors(space, np.roll(x, 1), x)["error"] > 0.1


def test_an_image_is_compared_in_any_rotation_and_not_mirrored():
    space = make_space("disc", 9)
    x = space.random(np.random.default_rng(0))
    turned = space.expand(projection(x, [1.0], 9, "disc"))
    mirrored = space.expand(space.render(x)[:, ::-1])
    assert errors(space, turned, x)["error"] < 1e-6
    assert errors(space, mirrored, x)["error"] > 0.1


def test_a_volume_is_compared_in_any_rotation_and_place_and_mirrored():
    space = make_space("ball", 11, "degree:4")
    x = make_target("volume:asymmetric", space, np.random.default_rng(0))
    volume = np.rot90(space.render(x)[::-1, ::-1, ::-1], axes=(0, 2))  # about the sample L // 2
    assert errors(space, space.expand(volume), x)["error"] < 1e-6
    moved = space.expand(np.roll(volume, 1, axis=2))
    apart = np.linalg.norm(space.expand(volume) - moved) / np.linalg.norm(x)
    assert errors(space, moved, x)["error"] < apart / 4  # degree 4 holds a moved volume nearly


def test_a_mirrored_volume_has_the_same_projections():
    """No data tells the hand of a volume: V(-r) shows under R what V shows under a half turn about
    z after R, as a projection does not see which way z points.
    """
    space = make_space("ball", 11, "degree:4")
    x = space.random(np.random.default_rng(0))
    mirrored = space.expand(space.render(x)[::-1, ::-1, ::-1])
    half_turn = np.array([[0.0, 0.0, 1.0, 0.0]])
    pose = rotations.random(np.random.default_rng(1), 1)
    same = rotations.compose(half_turn, pose)
    np.testing.assert_allclose(space.project(mirrored, pose), space.project(x, same), atol=1e-9)


def test_under_focus_the_optics_begin_dark_and_copies_are_shown_light() -> None:
    lens = {"voltage": 300, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}
    function = TransferFunction(**lens, defocus_u=15000)
    assert function.value(np.zeros((2, 1))) == pytest.approx(-0.1)
    assert function.value(np.array([[0.0], [0.02]])) < -0.1
    (kernel,) = point_spreads([function], 2, 10.0)
    assert kernel.sum() == pytest.approx(0.1)
