"""Placement: the distance holds both ways, saturation is exact, the order of draws decides."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chisquare

from mtdbench.simulation import placement
from mtdbench.simulation.placement import _Field, copies, place, separation

CASES = [
    (ndim, spacing, window) for ndim in (1, 2) for spacing in ("well-separated", "arbitrary")
    for window in (2, 5, 6)
]  # fmt: skip


def distances(corners: np.ndarray) -> np.ndarray:
    """Largest separation over the axes of every pair of different corners."""
    apart = np.abs(corners[:, None] - corners).max(axis=2)
    return apart[np.triu_indices(len(corners), 1)]


def free_sites(corners: np.ndarray, sites: int, distance: int) -> int:
    """How many sites could still take a copy, counted one by one."""
    every = np.array(list(product(range(sites), repeat=corners.shape[1])))
    return int(np.sum([np.abs(corners - site).max(axis=1).min() >= distance for site in every]))


@pytest.mark.parametrize(("ndim", "spacing", "window"), CASES)
def test_every_pair_keeps_its_distance(ndim: int, spacing: str, window: int) -> None:
    size = 3000 if ndim == 1 else 120
    for density in (0.05, 0.12, None):
        corners = place(size, window, ndim, density, spacing, np.random.default_rng(3))
        assert distances(corners).min() >= separation(window, spacing)
        assert corners.min() >= 0
        assert corners.max() <= size - window


def test_separation_is_what_the_spacings_promise() -> None:
    assert separation(5, "well-separated") == 9
    assert separation(5, "arbitrary") == 5


@pytest.mark.parametrize("spacing", ["well-separated", "arbitrary"])
def test_closest_allowed_pairs_do_occur(spacing: str) -> None:
    corners = place(5000, 4, 1, None, spacing, np.random.default_rng(0))
    assert distances(corners).min() == separation(4, spacing)


@pytest.mark.parametrize(("ndim", "spacing", "window"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_saturation_leaves_no_free_site(ndim: int, spacing: str, window: int, seed: int) -> None:
    size = 300 if ndim == 1 else 40
    corners = place(size, window, ndim, None, spacing, np.random.default_rng(seed))
    assert free_sites(corners, size - window + 1, separation(window, spacing)) == 0


def test_density_out_of_reach_places_to_saturation() -> None:
    reached = place(200, 5, 2, 0.9, "well-separated", np.random.default_rng(1))
    most = place(200, 5, 2, None, "well-separated", np.random.default_rng(1))
    np.testing.assert_array_equal(reached, most)


@pytest.mark.parametrize(
    ("size", "ndim", "density"), [(150, 2, 0.04), (1000, 1, 0.3), (77, 2, 0.1)]
)
def test_requested_number_of_copies(size: int, ndim: int, density: float) -> None:
    corners = place(size, 5, ndim, density, "well-separated", np.random.default_rng(2))
    assert corners.shape == (round(density * size**ndim / 5**ndim), ndim)
    assert len(corners) == copies(size, 5, ndim, density)


@pytest.mark.parametrize("ndim", [1, 2])
def test_whole_window_fits_exactly_once(ndim: int) -> None:
    corners = place(7, 7, ndim, 1.0, "well-separated", np.random.default_rng(0))
    np.testing.assert_array_equal(corners, np.zeros((1, ndim)))


@pytest.mark.parametrize(("ndim", "sites"), [(1, 400), (2, 60)])
@pytest.mark.parametrize("seed", range(5))
def test_a_block_of_sites_is_decided_as_one_by_one(ndim: int, sites: int, seed: int) -> None:
    distance, rng = 7, np.random.default_rng(seed)
    field, kept = _Field(sites, distance, ndim), np.empty((0, ndim), dtype=int)
    for count in (30, 200):  # the second block meets a field that is partly taken
        block, new = rng.integers(0, sites, (count, ndim)), []
        for site in block:
            others = np.concatenate([kept, *([new] if new else [])])
            if not len(others) or np.abs(others - site).max(axis=1).min() >= distance:
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


@pytest.mark.parametrize("crowded", [placement.CROWDED, 1])
def test_saturated_sets_have_the_probabilities_of_sequential_adsorption(
    crowded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "CROWDED", crowded)  # 1: list the free sites from the start
    window, size, runs = 2, 9, 4000
    exact = final_sets(frozenset(range(size - window + 1)), 3)
    rng = np.random.default_rng(8)
    found = Counter(
        frozenset(place(size, window, 1, None, "well-separated", rng)[:, 0].tolist())
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
    corners = place(10**6, window, 1, None, "arbitrary", np.random.default_rng(5))
    assert len(corners) * window / 10**6 == pytest.approx(exact, abs=2e-3)


def test_same_stream_same_corners_in_raster_order() -> None:
    first, second = (place(300, 5, 2, 0.1, "arbitrary", np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (np.diff(first @ [300, 1]) > 0).all()
    other = place(300, 5, 2, 0.1, "arbitrary", np.random.default_rng(8))
    assert not np.array_equal(first, other)
