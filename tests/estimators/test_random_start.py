"""Random starts know a measurement's mean and variance, and nothing of the truth."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from mtdbench.estimators.em.step import Parameters

from mtdbench import Measurement, make_space, seeds
from mtdbench.estimators.em import problem
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.prior import density_of, empty_share, uniform_prior
from mtdbench.estimators.random_start import random_start
from mtdbench.simulation.recipe import Recipe, key


def permuted(measurement: Measurement) -> Measurement:
    """The same samples in another order: mean and variance stay, all else is gone."""
    flat = measurement.samples.reshape(-1)
    mixed = np.random.default_rng(9).permutation(flat).reshape(measurement.samples.shape)
    return replace(measurement, samples=mixed)


def standardised(measurement: Measurement, like: Measurement) -> Measurement:
    """With mean and variance of another measurement."""
    y = measurement.samples
    y = (y - y.mean()) / y.std() * like.samples.std() + like.samples.mean()
    return replace(measurement, samples=y, sigma=like.sigma)


@pytest.mark.parametrize("sigma", ["known", "unknown"])
def test_a_start_is_a_function_of_mean_variance_and_rng(data: Any, sigma: str) -> None:
    measurement = data.measurement if sigma == "known" else data.without_sigma
    start = random_start(measurement, np.random.default_rng(3), 50)
    again = random_start(permuted(measurement), np.random.default_rng(3), 50)
    np.testing.assert_allclose(again.x, start.x, rtol=1e-10)
    assert again.sigma == pytest.approx(start.sigma, rel=1e-10)
    assert np.array_equal(again.prior, start.prior)
    other = random_start(measurement, np.random.default_rng(4), 50)
    assert np.linalg.norm(other.x - start.x) > 0.1 * np.linalg.norm(start.x)


def test_the_starts_of_em_are_the_same_for_another_truth(
    simulate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, as `em` draws them, on measurements of different targets."""
    space = make_space("line", 5)
    first = simulate(space, 3000, 2.0, 0.2, 1)
    second = simulate(space, 3000, 2.0, 0.2, 2)
    assert np.linalg.norm(first.truth - second.truth) > 0.2
    drawn: list[Parameters] = []

    def spy(*args: Any) -> Parameters:
        drawn.append(random_start(*args))
        return drawn[-1]

    monkeypatch.setattr(problem, "random_start", spy)
    measurements = (first.measurement, standardised(second.measurement, first.measurement))
    for measurement in measurements:
        list(islice(em(measurement, np.random.default_rng(7), starts=5), 1))
    assert len(drawn) == 10
    for left, right in zip(drawn[:5], drawn[5:], strict=True):
        np.testing.assert_allclose(left.x, right.x, rtol=1e-9)
        assert np.array_equal(left.prior, right.prior)
    assert len({start.x.tobytes() for start in drawn[:5]}) == 5


def test_starts_are_not_correlated_with_targets(simulate: Callable[..., Any]) -> None:
    """With the seeds that a study gives to both, over 200 trials."""
    space = make_space("line", 8)
    some = simulate(space, 2000, 1.0, 0.2, 0).measurement
    correlations = []
    for trial in range(200):
        recipe = Recipe(space="line", window=8, size=2000, snr=1.0, density=0.2, trial=trial)
        truth = space.random(seeds.stream(0, key(recipe), trial, "target"))
        rng = np.random.default_rng(seeds.derive(0, key(recipe), trial, "estimate"))
        x = random_start(some, rng, 16).x
        correlations.append(np.corrcoef(x, truth)[0, 1])
    error = np.std(correlations) / np.sqrt(200)
    assert abs(np.mean(correlations)) < 3 * error
    assert np.std(correlations) == pytest.approx(1 / np.sqrt(7), rel=0.15)  # as of independent ones


def test_starts_have_the_energy_of_the_copies(data: Any) -> None:
    """Roughly: the density that turns the measurement's moments into theirs is a guess."""
    starts = [random_start(data.measurement, np.random.default_rng(i), 50) for i in range(100)]
    ratio = np.mean([np.sum(start.x**2) for start in starts]) / np.sum(data.truth**2)
    assert 1 / 4 < ratio < 4
    assert all(np.sum(start.prior) == pytest.approx(1) for start in starts)


@pytest.mark.parametrize("name", ["line", "disc"])
def test_density_and_share_of_empty_patches(name: str) -> None:
    """Each copy of L^d samples is seen by patches at (2L-1)^d of all places."""
    space = make_space(name, 5)
    views = 9**space.window.ndim + 1
    for density in (0.02, 0.1, 0.2):
        share = empty_share(density, space)
        assert share == pytest.approx(1 - density * (9 / 5) ** space.window.ndim)
        assert density_of(uniform_prior(share, views), space) == pytest.approx(density)
    assert empty_share(1.0, space) == pytest.approx(0.02)  # never 0 nor 1: EM could not leave it
    assert empty_share(0.0, space) == pytest.approx(0.98)


def test_the_true_share_of_empty_patches(data: Any) -> None:
    window, size = data.space.window, data.measurement.samples.shape[0]
    places = np.indices((size // window,) * data.space.window.ndim) * window
    seen = np.zeros(places.shape[1:], dtype=bool)
    for corner in data.placement.corners:
        apart = np.abs(places - corner.reshape(-1, *(1,) * data.space.window.ndim))
        seen |= np.all(apart < window, axis=0)
    density = len(data.placement.corners) * (window / size) ** data.space.window.ndim
    assert 1 - seen.mean() == pytest.approx(empty_share(density, data.space), abs=0.03)
