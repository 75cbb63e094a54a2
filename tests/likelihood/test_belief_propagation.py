"""Belief propagation against the sum over all sets of places that keep their distance."""

from collections.abc import Iterator

import numpy as np
import pytest

from mtdbench.likelihood.belief_propagation import Lattice, beliefs
from mtdbench.likelihood.gas_alone import CELLS, log_partition_alone

Place = tuple[int, ...]


def sets_of_places(
    shape: Place, least: Place, chosen: tuple[Place, ...] = (), start: int = 0
) -> Iterator[tuple[Place, ...]]:
    """All sets of places, any two of which are far enough apart along some axis."""
    yield chosen
    every = list(np.ndindex(*shape))
    for number in range(start, len(every)):
        apart = (
            any(abs(a - b) >= m for a, b, m in zip(every[number], other, least, strict=True))
            for other in chosen
        )
        if all(apart):
            yield from sets_of_places(shape, least, (*chosen, every[number]), number + 1)


def enumerated(field: np.ndarray, least: Place) -> tuple[np.ndarray, float]:
    """P(p) and log Z of a field of log activities."""
    sets = list(sets_of_places(field.shape, least))
    logs = np.array([sum(field[place] for place in places) for places in sets])
    log_sum = float(np.logaddexp.reduce(logs))
    shares = np.zeros(field.shape)
    for places, log in zip(sets, logs, strict=True):
        for place in places:
            shares[place] += np.exp(log - log_sum)
    return shares, log_sum


def propagated(field: np.ndarray, least: Place, rounds: int = 60) -> tuple[np.ndarray, float]:
    return beliefs(field, np.ones(field.shape, bool), Lattice(field.shape, least, rounds))


@pytest.mark.parametrize(("places", "least"), [(9, 3), (12, 2), (10, 5), (4, 7)])
def test_along_one_axis_it_is_exact(places: int, least: int) -> None:
    field = np.random.default_rng(places).normal(scale=2, size=places)
    field[1] = -np.inf
    (shares, log_sum), (exact, exact_sum) = propagated(field, (least,)), enumerated(field, (least,))
    np.testing.assert_allclose(shares, exact, atol=1e-10)
    assert log_sum == pytest.approx(exact_sum, abs=1e-10)


def test_one_copy_at_most_is_exact() -> None:
    field = np.random.default_rng(0).normal(size=(3, 4))
    field[2, 1] = -np.inf
    shares, log_sum = propagated(field, (3, 4))
    exact, _ = enumerated(field, (3, 4))
    np.testing.assert_allclose(shares[1:, 2:], exact[1:, 2:], atol=0.05)
    assert shares[2, 1] == 0
    assert 0 < log_sum < np.log(1 + np.exp(field).sum()) + 0.1


@pytest.mark.parametrize("seed", range(5))
def test_a_strong_field_decides(seed: int) -> None:
    field = np.random.default_rng(seed).normal(scale=50, size=(5, 5))
    (shares, log_sum), (exact, exact_sum) = propagated(field, (3, 3)), enumerated(field, (3, 3))
    np.testing.assert_allclose(shares, exact, atol=1e-6)
    assert log_sum == pytest.approx(exact_sum, abs=1e-4)


@pytest.mark.parametrize(("shape", "m"), [((4, 4), 2), ((6, 5), 3), ((6, 6), 3)])
def test_in_a_plane_it_is_near(shape: Place, m: int) -> None:
    """The approximation: mean deviations of some per cent, where copies lie close."""
    field = np.random.default_rng(m).normal(size=shape)
    (shares, log_sum), (exact, exact_sum) = propagated(field, (m, m)), enumerated(field, (m, m))
    assert np.abs(shares - exact).max() < 0.03
    assert shares.sum() == pytest.approx(exact.sum(), rel=0.03)
    assert log_sum == pytest.approx(exact_sum, rel=0.03)


def test_an_exchange_of_axes_changes_nothing() -> None:
    field = np.random.default_rng(3).normal(size=(8, 13))
    shares, log_sum = propagated(field, (3, 4), 6)
    turned, turned_sum = propagated(field.T.copy(), (4, 3), 6)
    np.testing.assert_allclose(turned.T, shares, atol=1e-12)
    assert turned_sum == pytest.approx(log_sum, abs=1e-9)


def test_shares_of_parts_add_up() -> None:
    """Those of log Z, of places that are owned."""
    rng = np.random.default_rng(4)
    field, lattice = rng.normal(size=(11, 9)), Lattice((11, 9), (3, 3))
    part = rng.integers(0, 3, field.shape)
    every = [beliefs(field, part == k, lattice)[1] for k in range(3)]
    whole = beliefs(field, np.ones(field.shape, bool), lattice)[1]
    assert sum(every) == pytest.approx(whole, abs=1e-9)


def test_single_precision_is_as_good_as_double() -> None:
    field = np.random.default_rng(5).normal(scale=3, size=(20, 20)) - 2
    shares, log_sum = propagated(field, (5, 5), 6)
    single, single_sum = propagated(field.astype(np.float32), (5, 5), 6)
    np.testing.assert_allclose(single, shares, atol=1e-4)
    assert single_sum == pytest.approx(log_sum, rel=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_field_is_too_strong(dtype: type) -> None:
    rng = np.random.default_rng(6)
    for scale in (100, 1000):
        field = rng.normal(scale=scale, size=(40, 40)).astype(dtype)
        shares, log_sum = propagated(field, (7, 7), 6)
        assert np.isfinite(shares).all()
        assert np.isfinite(log_sum)
        assert shares.min() >= 0
        assert shares.max() <= 1 + 1e-6


@pytest.mark.parametrize(("shape", "m"), [((90,), 4), ((60, 50), 4)])
def test_a_gas_alone_grows_with_its_sides(shape: Place, m: int) -> None:
    least = (m,) * len(shape)
    assert min(shape) > CELLS * m
    whole = propagated(np.full(shape, -3.0), least, 6)[1]
    assert log_partition_alone(-3.0, shape, least) == pytest.approx(whole, rel=1e-3)
    thin = log_partition_alone(-20.0, shape, least)
    assert thin == pytest.approx(np.prod(shape) * np.exp(-20), rel=1e-3)
