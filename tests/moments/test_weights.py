"""What the moments' weights are."""

import numpy as np
import pytest

from mtdbench.moments.autocorrelations import Moments, lags
from mtdbench.moments.weights import (
    count_weights,
    covariance_weights,
    published_weights,
    variance_weights,
)
from mtdbench.spaces import Window


@pytest.mark.parametrize("sides", [(5,), (3, 3), (3, 5)], ids=str)
@pytest.mark.parametrize("unbiased", [False, True])
def test_every_order_counts_alike(sides: tuple[int, ...], unbiased: bool) -> None:
    geometry = lags(Window(sides))
    keep = geometry.unbiased if unbiased else np.ones(geometry.count, dtype=bool)
    weights = count_weights(geometry, keep)
    assert np.array_equal(weights > 0, keep)
    second = 1 + len(geometry.lags)
    for part in (slice(0, 1), slice(1, second), slice(second, None)):
        assert np.sum(weights[part] ** 2) == pytest.approx(1)
        assert len(np.unique(weights[part][keep[part]])) == 1


@pytest.mark.parametrize("sides", [(3, 3), (2, 4)], ids=str)
@pytest.mark.parametrize("unbiased", [False, True])
def test_published_weights_are_the_sums_of_the_paper(
    sides: tuple[int, ...], unbiased: bool
) -> None:
    """Over the means of squares of y1, of y2 at L^2 lags and of y3 at L^4 pairs of lags."""
    lag = lags(Window(sides))
    keep = lag.unbiased if unbiased else np.ones(lag.count, dtype=bool)
    residual = np.random.default_rng(0).standard_normal(lag.count)
    at = {tuple(one): i for i, one in enumerate(lag.lags)}
    pair = {(a, b): i for i, (a, b) in enumerate(lag.pairs.T)}
    forward, second = list(np.ndindex(sides)), 1 + len(lag.lags)
    kept = residual**2 * keep
    y2 = [kept[1 + at[one]] for one in forward]
    y3 = [kept[second + pair[min(i, j), max(i, j)]]
          for i in map(at.get, forward) for j in map(at.get, forward)]  # fmt: skip
    weights = published_weights(lag, keep)
    total = kept[0] + np.mean(y2) + np.mean(y3)
    assert np.sum((weights * residual) ** 2) == pytest.approx(total)


def test_variance_weights_are_inverse_standard_errors() -> None:
    scale = np.array([1e-3, 1.0, 20.0, 1e3])
    tiles = scale * np.random.default_rng(0).standard_normal((20_000, 4))
    keep = np.array([True, True, False, True])
    weights = variance_weights(Moments(tiles.mean(axis=0), tiles), keep)
    errors = scale / np.sqrt(20_000)
    np.testing.assert_allclose(weights, np.where(keep, 1 / errors, 0), rtol=0.03)


def correlated(rng: np.random.Generator, tiles: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws of that many tiles, and their covariance; the scales differ by orders of magnitude."""
    root = rng.standard_normal((size, size)) * np.geomspace(1e-3, 1e3, size)[:, None]
    return rng.standard_normal((tiles, size)) @ root.T, root @ root.T


def test_covariance_weights_whiten_the_mean_of_the_tiles() -> None:
    tiles, covariance = correlated(np.random.default_rng(0), 50_000, 6)
    keep = np.array([True, True, False, True, True, True])
    weights = covariance_weights(Moments(tiles.mean(axis=0), tiles), keep)
    assert weights.shape == (5, 6)
    assert np.array_equal(weights[:, 2], np.zeros(5))
    white = weights @ covariance @ weights.T / len(tiles)
    np.testing.assert_allclose(white, np.eye(5), atol=0.05)


def test_the_scale_of_a_moment_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    tiles, scale = rng.standard_normal((40, 6)), np.geomspace(1e-6, 1e6, 6)
    keep, truth = np.ones(6, dtype=bool), rng.standard_normal(6)
    one = covariance_weights(Moments(truth, tiles), keep) @ truth
    other = covariance_weights(Moments(truth, tiles * scale), keep) @ (truth * scale)
    np.testing.assert_allclose(other, one, rtol=1e-9)


def test_more_moments_than_tiles() -> None:
    """Shrunk correlations can be inverted however few the tiles; uncorrelated, they vanish."""
    tiles = np.random.default_rng(2).standard_normal((20, 100))
    weights = covariance_weights(Moments(tiles.mean(axis=0), tiles), np.ones(100, dtype=bool))
    scaled = weights * tiles.std(axis=0, ddof=1) / np.sqrt(20)
    np.testing.assert_allclose(scaled, np.eye(100), atol=0.2)
    np.testing.assert_allclose(np.diag(scaled), 1, atol=0.1)
