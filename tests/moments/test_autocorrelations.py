"""Autocorrelations against explicit loops, and the model against a measurement."""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import hadamard

from mtdbench.moments import autocorrelations
from mtdbench.moments.autocorrelations import Lags, lags, measured, model, noise_bias
from mtdbench.spaces import Space, make_space

SHAPES = [
    ((50,), 4),  # two tiles
    ((7,), 5),
    ((3,), 3),  # no room for the longest lags
    ((5000,), 3),  # many tiles
    ((50, 37), 3),  # six tiles, cut at both ends
    ((24, 24), 3),  # exactly one tile
    ((9, 31), 4),
    ((5, 4), 5),
]


def half_space(width: int, ndim: int) -> list[tuple[int, ...]]:
    cube = product(range(-width + 1, width), repeat=ndim)
    return sorted(lag for lag in cube if lag >= (0,) * ndim)


def ahead(y: np.ndarray, lag: tuple[int, ...]) -> np.ndarray:
    """y_{i+l} for every i; 0 outside."""
    moved = np.zeros_like(y)
    target = tuple(
        slice(max(-s, 0), max(0, n - max(s, 0))) for s, n in zip(lag, y.shape, strict=True)
    )
    source = tuple(
        slice(max(s, 0), max(0, n + min(s, 0))) for s, n in zip(lag, y.shape, strict=True)
    )
    moved[target] = y[source]
    return moved


def loops(y: np.ndarray, width: int) -> np.ndarray:
    """m1, m2, m3 by loops over lags."""
    half = half_space(width, y.ndim)
    third = [
        np.sum(y * ahead(y, a) * ahead(y, b))
        for i, a in enumerate(half)
        for b in half[i:]
        if max(abs(q - p) for p, q in zip(a, b, strict=True)) < width
    ]
    second = [np.sum(y * ahead(y, lag)) for lag in half]
    return np.array([np.sum(y), *second, *third]) / y.size


def close(left: np.ndarray, right: np.ndarray, tolerance: float = 1e-12) -> None:
    assert left.shape == right.shape
    assert np.max(np.abs(left - right)) <= tolerance * np.max(np.abs(right))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.mark.parametrize(("shape", "width"), SHAPES, ids=str)
def test_moments_equal_the_loops(
    shape: tuple[int, ...], width: int, rng: np.random.Generator
) -> None:
    y = 0.5 + rng.standard_normal(shape)
    close(measured(y, width).values, loops(y, width))


def test_ahead_is_what_it_says(rng: np.random.Generator) -> None:
    """The loops are themselves held against the definition, sample by sample."""
    y = rng.standard_normal((4, 5))
    for lag in product((-5, -2, 0, 1, 4), repeat=2):
        for i in np.ndindex(4, 5):
            place = (i[0] + lag[0], i[1] + lag[1])
            inside = 0 <= place[0] < 4 and 0 <= place[1] < 5
            assert ahead(y, lag)[i] == (y[place] if inside else 0)


@pytest.mark.parametrize(("shape", "width"), SHAPES, ids=str)
def test_slices_of_a_tile_change_nothing(
    shape: tuple[int, ...], width: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = rng.standard_normal(shape)
    whole = measured(y, width)
    monkeypatch.setattr(autocorrelations, "WORKSPACE", 1)  # a row at a time
    close(measured(y, width).values, whole.values)
    close(measured(y, width).tiles, whole.tiles)


@pytest.mark.parametrize("multiplications", [1, 500, 5000])
@pytest.mark.parametrize(("shape", "width"), SHAPES, ids=str)
def test_blocks_of_a_slice_change_nothing(
    shape: tuple[int, ...],
    width: int,
    multiplications: int,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y = rng.standard_normal(shape)
    monkeypatch.setattr(autocorrelations, "WORKSPACE", 2000)
    monkeypatch.setattr(autocorrelations, "THIN", 0)
    whole = measured(y, width)
    monkeypatch.setattr(autocorrelations, "THIN", 1000)
    monkeypatch.setattr(autocorrelations, "PRODUCT", multiplications)
    close(measured(y, width).values, whole.values)
    close(measured(y, width).tiles, whole.tiles)


def test_rounding_of_float32_is_far_below_sampling_error(rng: np.random.Generator) -> None:
    y = rng.standard_normal((200, 200)).astype(np.float32)
    single, double = measured(y, 3), measured(y.astype(float), 3)
    error = double.tiles.std(axis=0) / np.sqrt(len(double.tiles))
    assert np.all(np.abs(single.values - double.values) < 1e-4 * error)
    assert single.values.dtype == np.float64


def test_tiles_average_to_the_whole(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    y = rng.standard_normal((70, 50))
    monkeypatch.setattr(autocorrelations, "TILE_WINDOWS", 8)
    found = measured(y, 3)
    assert len(found.tiles) == 9
    close(found.tiles.mean(axis=0), found.values)
    # a tile's own sum is that over its base points
    corner = np.zeros_like(y)
    corner[24:48, :24] = 1
    assert found.tiles[3, 0] == pytest.approx(np.sum(y * corner) / y.size * 9)
    assert found.tiles[3, 2] == pytest.approx(np.sum(corner * y * ahead(y, (0, 1))) / y.size * 9)


@pytest.mark.parametrize(("width", "ndim"), [(2, 1), (5, 1), (2, 2), (4, 2)])
def test_every_triple_of_samples_counts_once(
    width: int, ndim: int, rng: np.random.Generator
) -> None:
    """(sum y)^3 is the sum of the third moments, each as often as its triple can be permuted."""
    y, geometry = rng.standard_normal((width,) * ndim), lags(width, ndim)
    third = measured(y, width).values[1 + len(geometry.lags) :] * y.size
    a, b = geometry.pairs
    equal = 1 + (a == 0).astype(int) + (a == b)  # 1: all differ, 2: two are equal, 3: all are
    permutations = np.array([0, 6, 3, 1])[equal]
    assert np.sum(permutations * third) == pytest.approx(np.sum(y) ** 3)
    assert len(np.unique(geometry.pairs, axis=1).T) == len(a)


@pytest.mark.parametrize(("width", "ndim"), [(1, 1), (4, 1), (3, 2), (5, 2)])
def test_lags_are_a_half_space(width: int, ndim: int) -> None:
    geometry = lags(width, ndim)
    assert [tuple(lag) for lag in geometry.lags] == half_space(width, ndim)
    assert geometry.count == 1 + len(geometry.lags) + geometry.pairs.shape[1]
    difference = geometry.lags[geometry.pairs[1]] - geometry.lags[geometry.pairs[0]]
    assert np.all(np.abs(difference) < width)
    known = {tuple(lag) for lag in geometry.lags}
    assert all(tuple(d) in known for d in difference)


def canvas(space: Space, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """A noise-free measurement with one copy to each pose, well separated and off the rim."""
    window, ndim = space.window, space.window.ndim
    side = 3 * window
    y = np.zeros((side * len(poses) + window,) + (side,) * (ndim - 1))
    for t, image in enumerate(space.project(x, poses)):
        place = (slice(t * side + window, t * side + 2 * window),)
        place += (slice(window, 2 * window),) * (ndim - 1)
        y[place] = image.reshape((window,) * ndim)
    return y


SPACES = [("line", 6, "auto"), ("disc", 5, "paper"), ("disc", 4, "count:6"), ("ball", 5, "auto")]


@pytest.fixture(params=SPACES, ids=str)
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


@pytest.mark.parametrize("shorter", [0, 2])
def test_the_model_has_the_moments_of_a_measurement(
    space: Space, shorter: int, rng: np.random.Generator
) -> None:
    x, poses = space.random(rng), space.random_poses(rng, 5)
    y, width = canvas(space, x, poses), space.window - shorter
    density = len(poses) * space.window.size / y.size
    geometry = lags(width, space.window.ndim)
    close(density * model(space.project(x, poses), geometry, np), measured(y, width).values)


def test_the_quadrature_is_the_mean_over_all_poses(space: Space, rng: np.random.Generator) -> None:
    x, geometry = space.random(rng), lags(space.window, space.window.ndim)
    poses, shares = space.quadrature()
    exact = model(space.project(x, poses), geometry, np, shares)
    shown = space.project(x, space.random_poses(rng, 2000))
    draws = np.array([model(image[None], geometry, np) for image in shown])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    distance = np.abs(draws.mean(axis=0) - exact)
    assert np.all(distance <= 5 * error + 1e-12 * np.abs(exact).max())


def test_one_pose_fewer_is_not_exact(rng: np.random.Generator) -> None:
    space = make_space("disc", 5)
    x, geometry = space.random(rng), lags(5, 2)
    exact = model(space.project(x, space.poses(7)), geometry, np)
    fewer = model(space.project(x, space.poses(6)), geometry, np)
    assert np.max(np.abs(fewer - exact)) > 1e-4 * np.max(np.abs(exact))


def balanced_noise(sigma: float, shape: tuple[int, ...]) -> np.ndarray:
    """Draws of two-valued noise whose first three moments over the draws are exactly those of
    white noise: 0, sigma^2 I and 0."""
    size = int(np.prod(shape))
    signs = hadamard(1 << (size - 1).bit_length())[:, :size]
    return sigma * np.concatenate([signs, -signs]).reshape(-1, *shape)


@pytest.mark.parametrize(("shape", "width"), [((60,), 4), ((8, 8), 2), ((12, 9), 3)], ids=str)
def test_noise_bias_is_what_noise_adds(
    shape: tuple[int, ...], width: int, rng: np.random.Generator
) -> None:
    clean, sigma = np.zeros(shape), 0.7
    inside = (slice(width - 1, 1 - width),) * len(shape)  # no lag leaves the measurement
    clean[inside] = rng.uniform(1, 2, clean[inside].shape)
    before = measured(clean, width).values
    draws = [measured(clean + n, width).values for n in balanced_noise(sigma, shape)]
    bias = noise_bias(sigma, before[0], lags(width, len(shape)))
    assert np.count_nonzero(bias) > 5
    np.testing.assert_allclose(np.mean(draws, axis=0) - before, bias, atol=1e-12)


@pytest.mark.parametrize(("width", "ndim"), [(2, 1), (6, 1), (3, 2), (5, 2)])
def test_unbiased_moments_are_those_that_noise_leaves_alone(width: int, ndim: int) -> None:
    geometry: Lags = lags(width, ndim)
    assert np.array_equal(geometry.unbiased, noise_bias(1.0, 1.0, geometry) == 0)
    assert geometry.unbiased[0]


STACKS = [((3, 50), 4), ((4, 7), 5), ((3, 50, 37), 3), ((2, 5, 4), 5), ((1, 24, 24), 3)]


@pytest.mark.parametrize(("shape", "width"), STACKS, ids=str)
def test_moments_of_micrographs_are_the_mean_of_theirs(
    shape: tuple[int, ...], width: int, rng: np.random.Generator
) -> None:
    """Exactly: no product mixes two of them."""
    stack = 0.5 + rng.standard_normal(shape)
    found = measured(stack, width, len(shape) - 1)
    close(found.values, np.mean([loops(one, width) for one in stack], axis=0))
    close(found.tiles.mean(axis=0), found.values)


def test_one_micrograph_is_a_measurement(rng: np.random.Generator) -> None:
    y = rng.standard_normal((70, 50))
    one, stack = measured(y, 3), measured(y[None], 3, 2)
    assert np.array_equal(one.values, stack.values)
    assert np.array_equal(one.tiles, stack.tiles)


def test_very_many_micrographs_share_tiles(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = rng.standard_normal((50, 9, 31))
    whole = measured(stack, 4, 2)
    monkeypatch.setattr(autocorrelations, "MOST_TILES", 12)
    found = measured(stack, 4, 2)
    assert len(found.tiles) <= 12 < len(whole.tiles)
    close(found.values, whole.values)
    close(found.tiles.mean(axis=0), found.values)


def test_the_scatter_of_the_tiles_is_that_of_the_moments(rng: np.random.Generator) -> None:
    """The standard error that tiles of one size show in a stack, against repetitions."""
    draws = [measured(rng.standard_normal((4, 32, 32)), 2, 2) for _ in range(400)]
    assert len(draws[0].tiles) == 4 * 4 * 4
    shown = np.mean([d.tiles.std(axis=0, ddof=1) / np.sqrt(len(d.tiles)) for d in draws], axis=0)
    true = np.std([d.values for d in draws], axis=0)
    np.testing.assert_allclose(shown, true, rtol=0.2)
