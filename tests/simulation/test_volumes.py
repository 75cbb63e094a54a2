"""Volumes: the phantom's mass, symmetries, and what resampling preserves."""

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation.targets.phantoms import VOLUMES, volume
from mtdbench.simulation.targets.resample import centred, cube, fit
from mtdbench.simulation.targets.shepp_logan import ELLIPSOIDS, shepp_logan
from mtdbench.simulation.targets.synthetic import SYMMETRY_ORDERS, synthetic

# sum of a volume at side 11 times sin(index); another number is another volume under that name
SUMS = {"asymmetric": 4.428829271500106, "c4": 0.9880819130924462}


def radii(side: int) -> np.ndarray:
    """Distance of every voxel from the centre, in windows."""
    return np.linalg.norm((np.indices((side,) * 3) - side // 2) / side, axis=0)


def about(array: np.ndarray) -> np.ndarray:
    """Centre of mass about the sample side // 2, in windows."""
    side = len(array)
    places = (np.indices(array.shape) - side // 2) / side
    return (places * array).sum(axis=(1, 2, 3)) / array.sum()


@pytest.mark.parametrize("side", [11, 12, 31, 100])
def test_phantom_has_the_mass_of_its_ellipsoids(side: int) -> None:
    analytic = sum(4 / 3 * np.pi * row[0] * row[1] * row[2] * row[3] for row in ELLIPSOIDS)
    assert shepp_logan(side).sum() * (2 / side) ** 3 == pytest.approx(analytic, rel=2e-3)


@pytest.mark.parametrize("side", [11, 12])
def test_phantom_has_the_centre_of_mass_of_its_ellipsoids(side: int) -> None:
    mass = np.array([row[0] * row[1] * row[2] * row[3] for row in ELLIPSOIDS])
    centres = np.array([row[6:3:-1] for row in ELLIPSOIDS]) / 2
    expected = mass @ centres / mass.sum()
    np.testing.assert_allclose(about(shepp_logan(side)), expected, atol=5e-4)


def test_phantom_agrees_with_its_points() -> None:
    side = 101
    z, y, x = (np.indices((side,) * 3) - side // 2) * 2 / side
    points = np.zeros((side,) * 3)
    for density, a, b, c, cx, cy, cz, degrees in ELLIPSOIDS:
        rotated = ((x - cx) + 1j * (y - cy)) * np.exp(-1j * np.deg2rad(degrees))
        inside = (rotated.real / a) ** 2 + (rotated.imag / b) ** 2 + ((z - cz) / c) ** 2 <= 1
        points[inside] += density
    mean = shepp_logan(side)
    border = np.abs(mean - points) > 1e-9
    assert border.mean() < 0.08  # only voxels that a surface cuts differ
    assert np.abs(mean - points).max() <= 1
    assert mean.min() > -1e-9


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize("side", [11, 15, 89])
def test_cn_is_exact_where_the_grid_turns_onto_itself(order: int, side: int) -> None:
    made = synthetic(side, f"c{order}")
    turned = np.rot90(made, 4 // order, axes=(1, 2))
    np.testing.assert_allclose(turned, made, atol=1e-10 * made.max())
    if order == 2:
        quarter = np.rot90(made, axes=(1, 2))
        assert np.linalg.norm(quarter - made) > 0.2 * np.linalg.norm(made)


@pytest.mark.parametrize("order", [3, 5, 9])
def test_cn_is_right_for_other_orders(order: int) -> None:
    from scipy.ndimage import rotate

    made = synthetic(89, f"c{order}")
    turned = rotate(made, 360 / order, axes=(1, 2), reshape=False, order=3)
    wrong = rotate(made, 180 / order, axes=(1, 2), reshape=False, order=3)
    error = np.linalg.norm(wrong - made)
    assert error > 0.5 * np.linalg.norm(made)
    assert np.linalg.norm(turned - made) < 0.03 * error  # interpolation's


@pytest.mark.parametrize("name", SYMMETRY_ORDERS)
def test_synthetic_volumes_are_compact_and_positive(name: str) -> None:
    made = synthetic(89, name)
    assert made.min() >= 0
    assert not made[radii(89) > 0.4].any()
    small = synthetic(11, name)
    assert np.abs(about(small)).max() < 0.03  # a third of a voxel


def test_asymmetric_is_unlike_itself_from_elsewhere() -> None:
    made = synthetic(31, "asymmetric")
    norm = np.linalg.norm(made)
    for axes in ((0, 1), (0, 2), (1, 2)):
        for turns in (1, 2, 3):
            assert np.linalg.norm(np.rot90(made, turns, axes) - made) > 0.2 * norm
    assert np.linalg.norm(made[::-1] - made) > 0.2 * norm


def test_a_name_is_always_the_same_volume() -> None:
    np.random.seed(5)  # noqa: NPY002  aspire's generator is the global one
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    weights = np.sin(np.arange(11**3)).reshape((11,) * 3)
    sums = {name: float(np.sum(synthetic(11, name) * weights)) for name in SUMS}
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert sums == pytest.approx(SUMS, rel=1e-9)


@pytest.mark.parametrize("name", VOLUMES)
def test_every_name_gives_a_volume(name: str) -> None:
    assert volume(name, 12).shape == (12, 12, 12)


@pytest.mark.parametrize("name", ["c1", "c10", "C4", "", "shep-logan"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(InputError, match=f"unknown volume '{name}'") as caught:
        volume(name, 11)
    assert "\n" not in str(caught.value)


def spectrum(array: np.ndarray, reach: int) -> np.ndarray:
    """Transform over |k| <= reach about the centre, as means: independent of the side."""
    k = np.arange(-reach, reach + 1)
    places = (np.arange(len(array)) - len(array) // 2) / len(array)
    waves = np.exp(-2j * np.pi * np.outer(k, places)) / len(array)
    return np.einsum("az,by,cx,zyx->abc", waves, waves, waves, array, optimize=True)


@pytest.mark.parametrize("length", [9, 12, 16, 21])
@pytest.mark.parametrize("side", [7, 8, 11, 12, 24])
def test_fit_keeps_low_frequencies_and_mean(length: int, side: int) -> None:
    made = np.random.default_rng(length).standard_normal((length,) * 3)
    small = fit(made, side)
    reach = (min(length, side) - 1) // 2
    assert small.shape == (side,) * 3
    assert small.mean() == pytest.approx(made.mean())
    np.testing.assert_allclose(spectrum(small, reach), spectrum(made, reach), atol=1e-12)
    if side < length and side % 2 == 0:  # nothing at the highest frequency, where signs are lost
        wave = (-1.0) ** np.arange(side)
        assert np.abs(np.tensordot(small, wave, axes=(0, 0))).max() < 1e-10


@pytest.mark.parametrize(("length", "side"), [(9, 27), (8, 24), (8, 16), (9, 11), (8, 8)])
def test_enlarging_interpolates_and_shrinking_undoes_it(length: int, side: int) -> None:
    made = np.random.default_rng(0).standard_normal((length,) * 3)
    large = fit(made, side)
    if side % length == 0:
        start = side // 2 - length // 2 * (side // length)
        np.testing.assert_allclose(large[(slice(start, None, side // length),) * 3], made)
    if length % 2:
        np.testing.assert_allclose(fit(large, length), made, atol=1e-12)


@pytest.mark.parametrize("side", [11, 12, 40])
def test_fit_keeps_the_centre_and_line_integrals(side: int) -> None:
    length = 33
    steps = (np.indices((length,) * 3) - length // 2) / length
    bump = np.exp(-np.sum(steps**2, axis=0) / 2 / 0.12**2)
    small = fit(bump, side)
    np.testing.assert_allclose(about(small), 0, atol=1e-4)
    assert np.unravel_index(small.argmax(), small.shape) == (side // 2,) * 3
    line = bump.sum(axis=0)[length // 2, length // 2] / length
    assert small.sum(axis=0)[side // 2, side // 2] / side == pytest.approx(line, rel=1e-4)


@pytest.mark.parametrize("shape", [(4, 7, 7), (5, 8, 3), (6, 6, 6)])
def test_cube_pads_about_the_centre(shape: tuple[int, int, int]) -> None:
    made = np.zeros(shape)
    made[tuple(length // 2 for length in shape)] = 1
    result = cube(made)
    side = max(shape)
    assert result.shape == (side,) * 3
    assert result[(side // 2,) * 3] == 1
    assert result.sum() == 1
    np.testing.assert_array_equal(fit(made, side), result)
    assert centred(result, side + 3)[((side + 3) // 2,) * 3] == 1
