"""The characteristic function against loops, and the model against a measurement."""

from itertools import product

import numpy as np
import pytest

from mtdbench import InputError
from mtdbench.model.patches import every_window
from mtdbench.model.shifts import shifted
from mtdbench.moments.characteristic_function import measured_characteristic, model_characteristic
from mtdbench.moments.tile_sums import Tiling
from mtdbench.simulation import place
from mtdbench.spaces import Window, make_space

WINDOWS = [Window(shape) for shape in ((6,), (5, 5), (3, 5), (4, 2))]


@pytest.fixture(params=WINDOWS, ids=str)
def window(request: pytest.FixtureRequest) -> Window:
    return request.param


def crop(template: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """C_s t of a template of shape (L_1, ..., L_d), by a loop over samples."""
    seen = np.zeros_like(template)
    for pixel in np.ndindex(template.shape):
        origin = tuple(np.array(pixel) - shift)
        if all(0 <= o < n for o, n in zip(origin, template.shape, strict=True)):
            seen[pixel] = template[origin]
    return seen


@pytest.mark.parametrize(
    ("shape", "sides"),
    [
        ((1, 50), (4,)),
        ((3, 61), (4,)),
        ((1, 22, 31), (4, 4)),
        ((2, 17, 17), (4, 4)),
        ((2, 22, 31), (3, 5)),
    ],
    ids=str,
)
@pytest.mark.parametrize("most", [10**9, 60])
def test_the_measured_one_is_a_mean_over_windows(
    shape: tuple[int, ...], sides: tuple[int, ...], most: int
) -> None:
    rng, window = np.random.default_rng(0), Window(sides)
    stack, omega = rng.standard_normal(shape), rng.standard_normal((7, window.size))
    found = measured_characteristic(stack, window, omega, most)
    offsets = [range(n - side + 1) for n, side in zip(shape[1:], window.shape, strict=True)]
    # All tiles are equal, so up to as many offsets as there are tiles are left out at the end.
    tiles = [max(len(o) // (2 * side), 1) for o, side in zip(offsets, window.shape, strict=True)]
    counts = [len(o) // t for o, t in zip(offsets, tiles, strict=True)]
    stride = 1
    while (
        shape[0] * np.prod([t * -(-n // stride) for t, n in zip(tiles, counts, strict=True)]) > most
    ):
        stride += 1
    assert (stride > 1) == (most == 60 and np.prod(shape) > 100)
    axes = [
        [t * n + k for t in range(many) for k in range(0, n, stride)]
        for many, n in zip(tiles, counts, strict=True)
    ]
    waves = [
        np.exp(1j * omega @ part[tuple(map(slice, corner, np.add(corner, sides)))].ravel())
        for part in stack
        for corner in product(*axes)
    ]
    mean = np.mean(waves, axis=0)
    expected = np.concatenate([mean.real, mean.imag])
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    np.testing.assert_allclose(found.tiles.mean(axis=0), expected, atol=1e-6)
    assert len(found.tiles) == shape[0] * np.prod(tiles)


def test_very_many_tiles_are_added_up() -> None:
    rng, window = np.random.default_rng(0), Window((4,))
    stack, omega = rng.standard_normal((20, 40)), rng.standard_normal((3, 4))
    arguments = stack, window, omega, 10**9
    whole = measured_characteristic(*arguments, Tiling(tiles=10**6, windows=2))
    few = measured_characteristic(*arguments, Tiling(tiles=10**6, windows=2, most=30))
    assert len(few.tiles) <= 30 < len(whole.tiles)
    np.testing.assert_allclose(few.values, whole.values, atol=1e-12)


def test_frequencies_are_shifted_by_the_transposes_of_shifts(window: Window) -> None:
    rng = np.random.default_rng(0)
    omega, template = rng.standard_normal((3, window.size)), rng.standard_normal(window.shape)
    inner = shifted(omega, window) @ template.ravel()
    for s, shift in enumerate(window.shifts):
        np.testing.assert_allclose(inner[:, s], omega @ crop(template, shift).ravel(), atol=1e-12)


def test_the_model_is_a_mean_over_shifts_and_poses(window: Window) -> None:
    rng = np.random.default_rng(0)
    omega, templates = (
        0.3 * rng.standard_normal((5, window.size)),
        rng.standard_normal((3, window.size)),
    )
    psi, _ = model_characteristic(shifted(omega, window), templates)
    expected = np.mean(
        [
            np.exp(1j * omega @ crop(image, shift).ravel())
            for image in window.reshape(templates)
            for shift in window.shifts
        ],
        axis=0,
    )
    np.testing.assert_allclose(psi, np.concatenate([expected.real, expected.imag]), atol=1e-12)


def test_the_slope_is_the_derivative(window: Window) -> None:
    rng = np.random.default_rng(0)
    waves = shifted(0.5 * rng.standard_normal((4, window.size)), window)
    templates, way = rng.standard_normal((2, 2, window.size))
    _, slope = model_characteristic(waves, templates)
    ahead, behind = (
        model_characteristic(waves, templates + step * way)[0] for step in (1e-5, -1e-5)
    )
    expected = np.einsum("fkp,kp->f", slope, way)
    np.testing.assert_allclose((ahead - behind) / 2e-5, expected, atol=1e-9)


def test_a_measurement_has_the_characteristic_function_of_the_model() -> None:
    """Noise, copies and emptiness in their shares: all within the error that tiles tell."""
    rng = np.random.default_rng(3)
    space, size, sigma = make_space("disc", 5, "paper"), 1200, 2.0
    x = space.random(rng)
    corners = place(size, space.window, 0.1, "well-separated", rng)
    y = np.zeros((size, size))
    images = space.project(x, space.random_poses(rng, len(corners)))
    for corner, image in zip(corners, images, strict=True):
        y[tuple(slice(c, c + 5) for c in corner)] += image.reshape(5, 5)
    y += sigma * rng.standard_normal(y.shape)
    omega = 0.15 * rng.standard_normal((12, 25))
    found = measured_characteristic(y[None], space.window, omega, 10**9)
    waves = shifted(omega, space.window)
    psi, _ = model_characteristic(waves, space.project(x, space.poses(64)))
    damping = np.exp(-(sigma**2) * np.sum(omega**2, axis=1) / 2)
    psi[:12] -= 1
    share = len(corners) * 25 / size**2 * space.window.visible_share
    expected = np.tile(damping, 2) * share * psi + np.append(damping, np.zeros(12))
    error = found.tiles.std(axis=0) / np.sqrt(len(found.tiles))
    z = (found.values - expected) / error
    assert np.abs(z).max() < 4
    assert np.abs(found.values - np.append(damping, np.zeros(12)))[:12].max() > 20 * error.max()


@pytest.mark.parametrize("sides", [(4,), (3, 4)], ids=str)
def test_only_windows_that_were_measured_whole_count(sides: tuple[int, ...]) -> None:
    """Whatever the other samples are, and whatever the background; a tile without windows too."""
    rng, window = np.random.default_rng(3), Window(sides)
    stack = rng.standard_normal((3, *(30 for _ in sides)))
    known, omega = rng.uniform(size=stack.shape) < 0.95, rng.standard_normal((5, window.size))
    known[0], known[1, :12] = False, False  # a tile is a micrograph
    spoilt = np.where(known, stack + 3, np.nan)
    found = measured_characteristic(
        spoilt, window, omega, 10**9, Tiling(windows=50), background=3.0, measured=known
    )
    every, seen = (every_window(each, window).reshape(-1, window.size) for each in (stack, known))
    phases = every[seen.all(axis=1)] @ omega.T
    expected = np.concatenate([np.cos(phases).mean(axis=0), np.sin(phases).mean(axis=0)])
    np.testing.assert_allclose(found.values, expected, atol=1e-5)
    np.testing.assert_allclose(found.tiles.mean(axis=0), found.values, atol=1e-12)


def test_a_mask_that_leaves_out_nothing_changes_no_bit_of_it() -> None:
    rng, window = np.random.default_rng(4), Window((3, 4))
    stack, omega = rng.standard_normal((3, 40, 31)), rng.standard_normal((5, window.size))
    for tiling in (Tiling(windows=1), Tiling(windows=1, most=7)):
        arguments = stack, window, omega, 10**9, tiling
        one, two = (
            measured_characteristic(*arguments, measured=mask)
            for mask in (None, np.ones(stack.shape, dtype=bool))
        )
        assert np.array_equal(one.values, two.values)
        assert np.array_equal(one.tiles, two.tiles)


def test_a_mask_that_leaves_no_window_is_refused() -> None:
    known = np.zeros((1, 40), dtype=bool)
    known[:, ::2] = True
    with pytest.raises(InputError, match="leaves no window whole"):
        measured_characteristic(
            np.zeros((1, 40)), Window((3,)), np.ones((2, 3)), 10**9, measured=known
        )
