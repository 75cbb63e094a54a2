"""Placement: the distance holds both ways, saturation is exact, the order of draws decides."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chisquare

from mtdbench.model.separations import least_separation
from mtdbench.simulation.placement import CROWDED, _Field, copies, place
from mtdbench.spaces import Window

SPACINGS = ("well-separated", "arbitrary")
SHAPES = ((2,), (5,), (6,), (2, 2), (5, 5), (6, 6), (2, 5), (6, 3))
CASES = [(spacing, Window(shape)) for spacing in SPACINGS for shape in SHAPES]


def apart(corners: np.ndarray, least: tuple[int, ...]) -> np.ndarray:
    """Whether corners and sites, (..., d), are at least D_i samples apart along an axis i."""
    return np.any(np.abs(corners) >= least, axis=-1)


def all_apart(corners: np.ndarray, least: tuple[int, ...]) -> bool:
    """Whether every pair of different corners is."""
    pairs = np.triu_indices(len(corners), 1)
    return bool(np.all(apart(corners[:, None] - corners, least)[pairs]))


def free_sites(corners: np.ndarray, sites: np.ndarray, least: tuple[int, ...]) -> int:
    """How many sites could still take a copy, counted one by one."""
    every = np.array(list(product(*map(range, sites))))
    return int(np.sum([np.all(apart(corners - site, least)) for site in every]))


@pytest.mark.parametrize(("spacing", "window"), CASES)
def test_every_pair_keeps_its_distance(spacing: str, window: Window) -> None:
    size = 3000 if window.ndim == 1 else 120
    for density in (0.05, 0.12, None):
        corners = place(size, window, density, spacing, np.random.default_rng(3))
        assert all_apart(corners, least_separation(window, spacing))
        assert corners.min() >= 0
        assert np.all(corners + window.shape <= size)


def test_least_separation_is_what_the_spacings_promise() -> None:
    assert least_separation(Window((5,)), "well-separated") == (9,)
    assert least_separation(Window((5, 3)), "arbitrary") == (5, 3)
    assert least_separation(Window((5, 3)), "well-separated") == (9, 5)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("shape", [(4,), (2, 5), (6, 3)])
def test_closest_allowed_pairs_do_occur(shape: tuple[int, ...], spacing: str) -> None:
    window = Window(shape)
    size = 5000 if window.ndim == 1 else 150
    corners = place(size, window, None, spacing, np.random.default_rng(0))
    least = least_separation(window, spacing)
    for axis in range(window.ndim):
        longer = tuple(d + (a == axis) for a, d in enumerate(least))
        assert not all_apart(corners, longer)


@pytest.mark.parametrize(("spacing", "window"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_saturation_leaves_no_free_site(spacing: str, window: Window, seed: int) -> None:
    size = 300 if window.ndim == 1 else 40
    corners = place(size, window, None, spacing, np.random.default_rng(seed))
    sites = size - np.array(window.shape) + 1
    assert free_sites(corners, sites, least_separation(window, spacing)) == 0


def test_density_out_of_reach_places_to_saturation() -> None:
    window = Window.cube(5, 2)
    reached = place(200, window, 0.9, "well-separated", np.random.default_rng(1))
    most = place(200, window, None, "well-separated", np.random.default_rng(1))
    np.testing.assert_array_equal(reached, most)


@pytest.mark.parametrize(
    ("size", "shape", "density"),
    [(150, (5, 5), 0.04), (1000, (5,), 0.3), (77, (5, 5), 0.1), (150, (3, 6), 0.05)],
)
def test_requested_number_of_copies(size: int, shape: tuple[int, ...], density: float) -> None:
    window = Window(shape)
    corners = place(size, window, density, "well-separated", np.random.default_rng(2))
    ndim = len(shape)
    assert corners.shape == (round(density * size**ndim / np.prod(shape)), ndim)
    assert len(corners) == copies(size, window, density)


@pytest.mark.parametrize("ndim", [1, 2])
def test_whole_window_fits_exactly_once(ndim: int) -> None:
    corners = place(7, Window.cube(7, ndim), 1.0, "well-separated", np.random.default_rng(0))
    np.testing.assert_array_equal(corners, np.zeros((1, ndim)))


@pytest.mark.parametrize(
    ("sites", "distance"), [((400,), (7,)), ((60, 60), (7, 7)), ((50, 80), (4, 9))]
)
@pytest.mark.parametrize("seed", range(5))
def test_a_block_of_sites_is_decided_as_one_by_one(
    sites: tuple[int, ...], distance: tuple[int, ...], seed: int
) -> None:
    rng, ndim = np.random.default_rng(seed), len(sites)
    field, kept = _Field(np.array(sites), np.array(distance)), np.empty((0, ndim), dtype=int)
    for count in (30, 200):  # the second block meets a field that is partly taken
        block, new = rng.integers(0, sites, (count, ndim)), []
        for site in block:
            others = np.concatenate([kept, *([new] if new else [])])
            if np.all(apart(others - site, distance)):
                new.append(site)
        np.testing.assert_array_equal(field.accept(block), np.reshape(new, (-1, ndim)))
        kept = np.concatenate([kept, np.reshape(new, (-1, ndim)).astype(int)])


def final_sets(free: frozenset[int], distance: int) -> dict[frozenset[int], float]:
    """Probability of every saturated set of sites, by following all orders of placing."""
    if not free:
        return {frozenset(): 1.0}
    total: Counter[frozenset[int]] = Counter()
    for site in free:
        rest = frozenset(other for other in free if abs(other - site) >= distance)
        for chosen, probability in final_sets(rest, distance).items():
            total[chosen | {site}] += probability / len(free)
    return dict(total)


# With 1 the free sites are listed from the start.
@pytest.mark.parametrize("crowded", [CROWDED, 1])
def test_saturated_sets_have_the_probabilities_of_sequential_adsorption(
    crowded: int,
) -> None:
    window, size, runs = 2, 9, 4000
    exact = final_sets(frozenset(range(size - window + 1)), 3)
    rng = np.random.default_rng(8)
    found = Counter(
        frozenset(
            place(size, Window((window,)), None, "well-separated", rng, crowded)[:, 0].tolist()
        )
        for _ in range(runs)
    )
    assert set(found) <= set(exact)
    p = chisquare([found[s] for s in exact], [runs * q for q in exact.values()]).pvalue
    assert p > 1e-3


@pytest.mark.parametrize("window", [2, 10])
def test_saturation_density_on_a_line_is_the_exact_one(window: int) -> None:
    """Jamming of k-mers on a line: k int_0^inf exp(-u - 2 sum_{j<k} (1 - exp(-j u))/j) du."""
    j = np.arange(1, window)
    exact = window * quad(lambda u: np.exp(-u - 2 * np.sum(-np.expm1(-j * u) / j)), 0, np.inf)[0]
    corners = place(10**6, Window((window,)), None, "arbitrary", np.random.default_rng(5))
    assert len(corners) * window / 10**6 == pytest.approx(exact, abs=2e-3)


def test_same_stream_same_corners_in_raster_order() -> None:
    window = Window.cube(5, 2)
    first, second = (
        place(300, window, 0.1, "arbitrary", np.random.default_rng(7)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert (np.diff(first @ [300, 1]) > 0).all()
    other = place(300, window, 0.1, "arbitrary", np.random.default_rng(8))
    assert not np.array_equal(first, other)
