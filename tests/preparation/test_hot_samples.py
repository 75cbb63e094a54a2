"""Hot and dead samples are found exactly; strong copies are none."""

import numpy as np
import pytest

from mtdbench.preparation.hot_samples import hot_samples

NOISE = np.random.default_rng(0).normal(size=(150, 170)).astype(np.float32)
EVERY = np.ones(NOISE.shape, dtype=bool)


@pytest.mark.parametrize("value", [25.0, 800.0, 1e5, -30.0])
@pytest.mark.parametrize("offset", [0.0, 3e3])
def test_exactly_what_was_planted(value: float, offset: float) -> None:
    rng = np.random.default_rng(1)
    planted = np.zeros(NOISE.shape, dtype=bool)
    planted[tuple(rng.integers(0, NOISE.shape, (8, 2)).T)] = True
    y = np.where(planted, np.float32(value), NOISE) + np.float32(offset)
    assert np.array_equal(hot_samples(y, EVERY), planted)


def test_a_cluster_of_hot_samples_and_one_in_the_corner() -> None:
    y, planted = NOISE.copy(), np.zeros(NOISE.shape, dtype=bool)
    planted[50:53, 60:62] = planted[0, 0] = True
    y[planted] = 300
    assert np.array_equal(hot_samples(y, EVERY), planted)


def test_noise_and_gradients_have_none() -> None:
    assert not hot_samples(NOISE, EVERY).any()
    assert not hot_samples(NOISE + np.linspace(0, 50, 170, dtype="f4"), EVERY).any()


def test_strong_copies_have_none() -> None:
    """Of 20 standard deviations in the middle, 4 samples wide, in 1 % or in 20 % of the samples."""
    bump = 20 * np.exp(-((np.arange(-5, 6)[:, None] ** 2 + np.arange(-5, 6) ** 2) / 8))
    for number in (3, 40):
        y = NOISE.copy()
        for i, j in np.random.default_rng(2).integers(0, (139, 159), (number, 2)):
            y[i : i + 11, j : j + 11] += bump
        assert not hot_samples(y, EVERY).any()


def test_what_was_not_measured_is_neither_hot_nor_an_excuse() -> None:
    y, measured = NOISE.copy(), EVERY.copy()
    measured[:40] = False
    y[:40] = 1e4
    y[100, 100] = 50
    assert np.argwhere(hot_samples(y, measured)).tolist() == [[100, 100]]


def test_signals() -> None:
    y = np.random.default_rng(3).normal(size=3000).astype(np.float32)
    y[[5, 700, 2999]] = 40
    found = hot_samples(y, np.ones(3000, dtype=bool))
    assert np.flatnonzero(found).tolist() == [5, 700, 2999]
