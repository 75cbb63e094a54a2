"""The characteristic function against loops, and the model against a measurement."""

from itertools import product

import numpy as np
import pytest

from mtdbench.model.shifts import shifted, views, visible_share
from mtdbench.moments.characteristic_function import measured, model
from mtdbench.simulation import place
from mtdbench.spaces import Space, make_space

SPACES = [("line", 6, "auto"), ("disc", 5, "paper"), ("ball", 5, "degree:2")]


@pytest.fixture(params=SPACES, ids=lambda names: names[0])
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


def crop(template: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """C_s t of a template of shape (L,) * d, by a loop over pixels."""
    seen = np.zeros_like(template)
    for pixel in np.ndindex(template.shape):
        origin = tuple(np.array(pixel) - shift)
        if all(0 <= o < n for o, n in zip(origin, template.shape, strict=True)):
            seen[pixel] = template[origin]
    return seen


@pytest.mark.parametrize("shape", [(1, 50), (3, 61), (1, 22, 31), (2, 17, 17)])
@pytest.mark.parametrize("most", [10**9, 60])
def test_the_measured_one_is_a_mean_over_windows(shape: tuple[int, ...], most: int) -> None:
    rng, window, ndim = np.random.default_rng(0), 4, len(shape) - 1
    stack, omega = rng.standard_normal(shape), rng.standard_normal((7, window**ndim))
    found = measured(stack, window, omega, most)
    offsets = [range(n - window + 1) for n in shape[1:]]
    # All tiles are equal, so up to as many offsets as there are tiles are left out at the end.
    tiles = [max(len(o) // (2 * window), 1) for o in offsets]
    sides = [len(o) // t for o, t in zip(offsets, tiles, strict=True)]
    stride = 1
    while (
        shape[0] * np.prod([t * -(-n // stride) for t, n in zip(tiles, sides, strict=True)]) > most
    ):
        stride += 1
    assert (stride > 1) == (most == 60 and np.prod(shape) > 100)
    axes = [
        [t * n + k for t in range(many) for k in range(0, n, stride)]
        for many, n in zip(tiles, sides, strict=True)
    ]
    waves = [
        np.exp(1j * omega @ part[tuple(slice(c, c + window) for c in corner)].ravel())
        for part in stack
        for corner in product(*axes)
    ]
    mean = np.mean(waves, axis=0)
    expected = np.concatenate([mean.real, mean.imag])
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    np.testing.assert_allclose(found.tiles.mean(axis=0), expected, atol=1e-6)
    assert len(found.tiles) == shape[0] * np.prod(tiles)


def test_frequencies_are_shifted_by_the_transposes_of_views(space: Space) -> None:
    rng, window, ndim = np.random.default_rng(0), space.window, space.window.ndim
    omega, template = rng.standard_normal((3, window**ndim)), rng.standard_normal((window,) * ndim)
    inner = shifted(omega, window, ndim) @ template.ravel()
    for s, shift in enumerate(views(window, ndim).shifts):
        np.testing.assert_allclose(inner[:, s], omega @ crop(template, shift).ravel(), atol=1e-12)


def test_the_model_is_a_mean_over_views(space: Space) -> None:
    rng, window, ndim = np.random.default_rng(0), space.window, space.window.ndim
    omega = 0.3 * rng.standard_normal((5, window**ndim))
    templates = space.project(space.random(rng), space.random_poses(rng, 3))
    psi, _ = model(shifted(omega, window, ndim), templates)
    expected = np.mean(
        [
            np.exp(1j * omega @ crop(t.reshape((window,) * ndim), shift).ravel())
            for t in templates
            for shift in views(window, ndim).shifts
        ],
        axis=0,
    )
    np.testing.assert_allclose(psi, np.concatenate([expected.real, expected.imag]), atol=1e-12)


def test_the_slope_is_the_derivative(space: Space) -> None:
    rng, window, ndim = np.random.default_rng(0), space.window, space.window.ndim
    waves = shifted(0.5 * rng.standard_normal((4, window**ndim)), window, ndim)
    templates, way = rng.standard_normal((2, 2, window**ndim))
    _, slope = model(waves, templates)
    ahead, behind = (model(waves, templates + step * way)[0] for step in (1e-5, -1e-5))
    expected = np.einsum("fkp,kp->f", slope, way)
    np.testing.assert_allclose((ahead - behind) / 2e-5, expected, atol=1e-9)


def test_a_measurement_has_the_characteristic_function_of_the_model() -> None:
    """Noise, copies and emptiness in their shares: all within the error that tiles tell."""
    rng = np.random.default_rng(3)
    space, size, sigma = make_space("disc", 5, "paper"), 1200, 2.0
    x = space.random(rng)
    corners = place(size, 5, 2, 0.1, "well-separated", rng)
    y = np.zeros((size, size))
    images = space.project(x, space.random_poses(rng, len(corners)))
    for corner, image in zip(corners, images, strict=True):
        y[tuple(slice(c, c + 5) for c in corner)] += image.reshape(5, 5)
    y += sigma * rng.standard_normal(y.shape)
    omega = 0.15 * rng.standard_normal((12, 25))
    found = measured(y[None], 5, omega, 10**9)
    psi, _ = model(shifted(omega, 5, 2), space.project(x, space.poses(64)))
    damping = np.exp(-(sigma**2) * np.sum(omega**2, axis=1) / 2)
    psi[:12] -= 1
    share = len(corners) * 25 / size**2 * visible_share(5, 2)
    expected = np.tile(damping, 2) * share * psi + np.append(damping, np.zeros(12))
    error = found.tiles.std(axis=0) / np.sqrt(len(found.tiles))
    z = (found.values - expected) / error
    assert np.abs(z).max() < 4
    assert np.abs(found.values - np.append(damping, np.zeros(12)))[:12].max() > 20 * error.max()
