"""Autocorrelations against explicit loops, and the model against a measurement."""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import hadamard

from mtdbench.moments.autocorrelations import Lags, Moments, lags, model_moments, noise_bias
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.tile_sums import Tiling
from mtdbench.simulation import place
from mtdbench.spaces import Space, Window, make_space

Sides = tuple[int, ...]
SHAPES = [  # of the measurement, of the box of lags
    ((50,), (4,)),  # two tiles
    ((7,), (5,)),
    ((3,), (3,)),  # no room for the longest lags
    ((5000,), (3,)),  # many tiles
    ((50, 37), (3, 3)),  # six tiles, cut at both ends
    ((24, 24), (3, 3)),  # exactly one tile
    ((9, 31), (4, 4)),
    ((5, 4), (5, 5)),
    ((50, 37), (3, 5)),
    ((31, 40), (4, 1)),
    ((7, 9, 8), (2, 3, 2)),
]


def measured(y: np.ndarray, sides: Sides, **tiling: int) -> Moments:
    """Of one measurement, or of a stack, over the lags of a box."""
    box = Window(sides)
    return measured_moments(box.stack(y), box, Tiling(**tiling))


def half_space(sides: Sides) -> list[tuple[int, ...]]:
    box = product(*(range(1 - side, side) for side in sides))
    return sorted(lag for lag in box if lag >= (0,) * len(sides))


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


def loops(y: np.ndarray, sides: Sides) -> np.ndarray:
    """m1, m2, m3 by loops over lags."""
    half = half_space(sides)
    third = [
        np.sum(y * ahead(y, a) * ahead(y, b))
        for i, a in enumerate(half)
        for b in half[i:]
        if all(abs(q - p) < side for p, q, side in zip(a, b, sides, strict=True))
    ]
    second = [np.sum(y * ahead(y, lag)) for lag in half]
    return np.array([np.sum(y), *second, *third]) / y.size


def close(left: np.ndarray, right: np.ndarray, tolerance: float = 1e-12) -> None:
    assert left.shape == right.shape
    assert np.max(np.abs(left - right)) <= tolerance * np.max(np.abs(right))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.mark.parametrize(("shape", "sides"), SHAPES, ids=str)
def test_moments_equal_the_loops(shape: Sides, sides: Sides, rng: np.random.Generator) -> None:
    y = 0.5 + rng.standard_normal(shape)
    close(measured(y, sides).values, loops(y, sides))


def test_ahead_is_what_it_says(rng: np.random.Generator) -> None:
    """The loops are themselves held against the definition, sample by sample."""
    y = rng.standard_normal((4, 5))
    for lag in product((-5, -2, 0, 1, 4), repeat=2):
        for i in np.ndindex(4, 5):
            place = (i[0] + lag[0], i[1] + lag[1])
            inside = 0 <= place[0] < 4 and 0 <= place[1] < 5
            assert ahead(y, lag)[i] == (y[place] if inside else 0)


@pytest.mark.parametrize(("shape", "sides"), SHAPES, ids=str)
def test_slices_of_a_tile_change_nothing(
    shape: Sides, sides: Sides, rng: np.random.Generator
) -> None:
    y = rng.standard_normal(shape)
    whole, sliced = measured(y, sides), measured(y, sides, workspace=1)  # a row at a time
    close(sliced.values, whole.values)
    close(sliced.tiles, whole.tiles)


@pytest.mark.parametrize("multiplications", [1, 500, 5000])
@pytest.mark.parametrize(("shape", "sides"), SHAPES, ids=str)
def test_blocks_of_a_slice_change_nothing(
    shape: Sides, sides: Sides, multiplications: int, rng: np.random.Generator
) -> None:
    y = rng.standard_normal(shape)
    whole = measured(y, sides, workspace=2000, thin=0)
    blocks = measured(y, sides, workspace=2000, thin=1000, product=multiplications)
    close(blocks.values, whole.values)
    close(blocks.tiles, whole.tiles)


def test_rounding_of_float32_is_far_below_sampling_error(rng: np.random.Generator) -> None:
    y = rng.standard_normal((200, 200)).astype(np.float32)
    single, double = measured(y, (3, 3)), measured(y.astype(float), (3, 3))
    error = double.tiles.std(axis=0) / np.sqrt(len(double.tiles))
    assert np.all(np.abs(single.values - double.values) < 1e-4 * error)
    assert single.values.dtype == np.float64


def test_tiles_average_to_the_whole(rng: np.random.Generator) -> None:
    y = rng.standard_normal((70, 50))
    found = measured(y, (3, 3), windows=8)
    assert len(found.tiles) == 9
    close(found.tiles.mean(axis=0), found.values)
    # a tile's own sum is that over its base points
    corner = np.zeros_like(y)
    corner[24:48, :24] = 1
    assert found.tiles[3, 0] == pytest.approx(np.sum(y * corner) / y.size * 9)
    assert found.tiles[3, 2] == pytest.approx(np.sum(corner * y * ahead(y, (0, 1))) / y.size * 9)
    assert Tiling(windows=8).sides(Window((3, 5)), y.size) == (24, 40)  # so many windows at least
    assert Tiling(tiles=4, windows=1).sides(Window((3, 5)), 40_000) == (100, 100)


@pytest.mark.parametrize("sides", [(2,), (5,), (2, 2), (4, 4), (2, 4), (2, 2, 3)], ids=str)
def test_every_triple_of_samples_counts_once(sides: Sides, rng: np.random.Generator) -> None:
    """(sum y)^3 is the sum of the third moments, each as often as its triple can be permuted."""
    y, geometry = rng.standard_normal(sides), lags(Window(sides))
    third = measured(y, sides).values[1 + len(geometry.lags) :] * y.size
    a, b = geometry.pairs
    equal = 1 + (a == 0).astype(int) + (a == b)  # 1: all differ, 2: two are equal, 3: all are
    permutations = np.array([0, 6, 3, 1])[equal]
    assert np.sum(permutations * third) == pytest.approx(np.sum(y) ** 3)
    assert len(np.unique(geometry.pairs, axis=1).T) == len(a)


@pytest.mark.parametrize("sides", [(1,), (4,), (3, 3), (5, 5), (3, 5), (4, 1), (2, 3, 2)], ids=str)
def test_lags_are_a_half_space(sides: Sides) -> None:
    geometry = lags(Window(sides))
    assert [tuple(lag) for lag in geometry.lags] == half_space(sides)
    assert geometry.count == 1 + len(geometry.lags) + geometry.pairs.shape[1]
    difference = geometry.lags[geometry.pairs[1]] - geometry.lags[geometry.pairs[0]]
    assert np.all(np.abs(difference) < sides)
    known = {tuple(lag) for lag in geometry.lags}
    assert all(tuple(d) in known for d in difference)


def canvas(space: Space, x: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """A noise-free measurement with one copy to each pose, well separated and off the rim."""
    window = space.window
    first, *others = 3 * np.array(window.shape)
    y = np.zeros((first * len(poses) + window.shape[0], *others))
    for t, image in enumerate(window.reshape(space.project(x, poses))):
        corner = np.add(window.shape, (t * first, *(0 for _ in others)))
        y[tuple(map(slice, corner, corner + window.shape))] = image
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
    y, window = canvas(space, x, poses), space.window
    box = Window(tuple(side - shorter for side in window.shape))
    density = len(poses) * window.size / y.size
    found = density * model_moments(space.project(x, poses), lags(box), window, np)
    close(found, measured(y, box.shape).values)


@pytest.mark.parametrize(("window", "sides"), [((3, 5), (3, 5)), ((4, 2), (3, 2))], ids=str)
def test_so_it_is_for_windows_of_unequal_sides(
    window: Sides, sides: Sides, rng: np.random.Generator
) -> None:
    """Exactly, with each of three templates as often as its weight says: no lag reaches from one
    of the copies to another.
    """
    box, geometry = Window(window), lags(Window(sides))
    corners = place(60, box, None, "well-separated", rng)
    templates, kinds = rng.standard_normal((3, box.size)), rng.integers(0, 3, len(corners))
    y = np.zeros((60, 60))
    for corner, image in zip(corners, box.reshape(templates[kinds]), strict=True):
        y[tuple(map(slice, corner, corner + window))] = image
    shares = np.bincount(kinds) / len(kinds)
    found = model_moments(templates, geometry, box, np, shares)
    close(len(corners) * box.size / y.size * found, measured(y, sides).values)


def test_the_quadrature_is_the_mean_over_all_poses(space: Space, rng: np.random.Generator) -> None:
    x, window = space.random(rng), space.window
    geometry = lags(window)
    poses, shares = space.quadrature()
    exact = model_moments(space.project(x, poses), geometry, window, np, shares)
    shown = space.project(x, space.random_poses(rng, 2000))
    draws = np.array([model_moments(image[None], geometry, window, np) for image in shown])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    distance = np.abs(draws.mean(axis=0) - exact)
    assert np.all(distance <= 5 * error + 1e-12 * np.abs(exact).max())


def test_one_pose_fewer_is_not_exact(rng: np.random.Generator) -> None:
    space = make_space("disc", 5)
    x, window = space.random(rng), space.window
    geometry = lags(window)
    exact = model_moments(space.project(x, space.poses(7)), geometry, window, np)
    fewer = model_moments(space.project(x, space.poses(6)), geometry, window, np)
    assert np.max(np.abs(fewer - exact)) > 1e-4 * np.max(np.abs(exact))


def balanced_noise(sigma: float, shape: tuple[int, ...]) -> np.ndarray:
    """Draws of two-valued noise whose first three moments over the draws are exactly those of
    white noise: 0, sigma^2 I and 0."""
    size = int(np.prod(shape))
    signs = hadamard(1 << (size - 1).bit_length())[:, :size]
    return sigma * np.concatenate([signs, -signs]).reshape(-1, *shape)


@pytest.mark.parametrize(
    ("shape", "sides"),
    [((60,), (4,)), ((8, 8), (2, 2)), ((12, 9), (3, 3)), ((8, 14), (2, 4))],
    ids=str,
)
def test_noise_bias_is_what_noise_adds(
    shape: Sides, sides: Sides, rng: np.random.Generator
) -> None:
    clean, sigma = np.zeros(shape), 0.7
    inside = tuple(slice(side - 1, 1 - side) for side in sides)  # no lag leaves the measurement
    clean[inside] = rng.uniform(1, 2, clean[inside].shape)
    before = measured(clean, sides).values
    draws = [measured(clean + n, sides).values for n in balanced_noise(sigma, shape)]
    bias = noise_bias(sigma, before[0], lags(Window(sides)))
    assert np.count_nonzero(bias) > 5
    np.testing.assert_allclose(np.mean(draws, axis=0) - before, bias, atol=1e-12)


@pytest.mark.parametrize("sides", [(2,), (6,), (3, 3), (5, 5), (3, 5)], ids=str)
def test_unbiased_moments_are_those_that_noise_leaves_alone(sides: Sides) -> None:
    geometry: Lags = lags(Window(sides))
    assert np.array_equal(geometry.unbiased, noise_bias(1.0, 1.0, geometry) == 0)
    assert geometry.unbiased[0]


STACKS = [
    ((3, 50), (4,)),
    ((4, 7), (5,)),
    ((3, 50, 37), (3, 3)),
    ((2, 5, 4), (5, 5)),
    ((1, 24, 24), (3, 3)),
    ((3, 50, 37), (5, 3)),
]


@pytest.mark.parametrize(("shape", "sides"), STACKS, ids=str)
def test_moments_of_micrographs_are_the_mean_of_theirs(
    shape: Sides, sides: Sides, rng: np.random.Generator
) -> None:
    """Exactly: no product mixes two of them."""
    stack = 0.5 + rng.standard_normal(shape)
    found = measured(stack, sides)
    close(found.values, np.mean([loops(one, sides) for one in stack], axis=0))
    close(found.tiles.mean(axis=0), found.values)


def test_very_many_micrographs_share_tiles(rng: np.random.Generator) -> None:
    stack = rng.standard_normal((50, 9, 31))
    whole, found = measured(stack, (4, 4)), measured(stack, (4, 4), most=12)
    assert len(found.tiles) <= 12 < len(whole.tiles)
    close(found.values, whole.values)
    close(found.tiles.mean(axis=0), found.values)


def test_the_scatter_of_the_tiles_is_that_of_the_moments(rng: np.random.Generator) -> None:
    """The standard error that tiles of one size show in a stack, against repetitions."""
    draws = [measured(rng.standard_normal((4, 32, 32)), (2, 2)) for _ in range(400)]
    assert len(draws[0].tiles) == 4 * 4 * 4
    shown = np.mean([d.tiles.std(axis=0, ddof=1) / np.sqrt(len(d.tiles)) for d in draws], axis=0)
    true = np.std([d.values for d in draws], axis=0)
    np.testing.assert_allclose(shown, true, rtol=0.2)
