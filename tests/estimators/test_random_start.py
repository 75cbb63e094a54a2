"""Random starts know a measurement's mean and variance, and nothing of the truth."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Measurement, make_space, seeds
from mtdbench.estimators.em.phase import Reached, one_random_start
from mtdbench.estimators.em.prior import density_of, uniform_prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.em.restarts import Restarts
from mtdbench.estimators.random_start import random_start
from mtdbench.model.shifts import empty_share
from mtdbench.simulation import Recipe, recipe_key
from mtdbench.spaces import Window


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
    start = random_start(measurement, np.random.default_rng(3))
    again = random_start(permuted(measurement), np.random.default_rng(3))
    np.testing.assert_allclose(again.x, start.x, rtol=1e-10)
    assert again.sigma == pytest.approx(start.sigma, rel=1e-10)
    other = random_start(measurement, np.random.default_rng(4))
    assert np.linalg.norm(other.x - start.x) > 0.1 * np.linalg.norm(start.x)


def test_the_starts_of_em_are_the_same_for_another_truth(simulate: Callable[..., Any]) -> None:
    """One start or those of a race, on measurements of different targets."""
    space = make_space("line", 5)
    first = simulate(space, 3000, 2.0, 0.2, 1)
    second = simulate(space, 3000, 2.0, 0.2, 2)
    assert np.linalg.norm(first.truth - second.truth) > 0.2
    drawn = []
    for y in (first.measurement, standardised(second.measurement, first.measurement)):
        problem = make_problem(y, None, "uniform", 1, "auto")
        *_, several = Restarts(5).drawn(problem, np.random.default_rng(7))
        rng, nothing = np.random.default_rng(8), Reached(problem.nothing, "")
        with pytest.raises(StopIteration) as ended:
            next(one_random_start(problem, nothing, rng))
        drawn.append([*several, ended.value.value.parameters])
    for left, right in zip(*drawn, strict=True):
        np.testing.assert_allclose(left.x, right.x, rtol=1e-9)
        assert np.array_equal(left.prior, right.prior)
        assert left.sigma == right.sigma
    assert len({start.x.tobytes() for start in drawn[0]}) == 6


def test_starts_are_not_correlated_with_targets(simulate: Callable[..., Any]) -> None:
    """With the seeds that a study gives to both, over 200 trials."""
    space = make_space("line", 8)
    some = simulate(space, 2000, 1.0, 0.2, 0).measurement
    correlations = []
    for trial in range(200):
        recipe = Recipe(space="line", window=8, size=2000, snr=1.0, density=0.2, trial=trial)
        truth = space.random(seeds.stream(0, recipe_key(recipe), trial, "target"))
        rng = np.random.default_rng(seeds.derive(0, recipe_key(recipe), trial, "estimate"))
        x = random_start(some, rng).x
        correlations.append(np.corrcoef(x, truth)[0, 1])
    error = np.std(correlations) / np.sqrt(200)
    assert abs(np.mean(correlations)) < 3 * error
    assert np.std(correlations) == pytest.approx(1 / np.sqrt(7), rel=0.15)  # as of independent ones


def test_starts_have_the_energy_of_the_copies(data: Any) -> None:
    """Roughly: the density that turns the measurement's moments into theirs is a guess."""
    starts = [random_start(data.measurement, np.random.default_rng(i)) for i in range(100)]
    ratio = np.mean([np.sum(start.x**2) for start in starts]) / np.sum(data.truth**2)
    assert 1 / 4 < ratio < 4


@pytest.mark.parametrize("shape", [(5,), (5, 5), (5, 8)], ids=str)
def test_density_and_share_of_empty_patches(shape: tuple[int, ...]) -> None:
    """Each copy of L^d samples is seen by patches at (2L-1)^d of all places."""
    window = Window(shape)
    count = len(window.shifts) + 1
    for density in (0.02, 0.1, 0.2):
        share = empty_share(density, window)
        reach = np.prod([(2 * side - 1) / side for side in shape])
        assert share == pytest.approx(1 - density * reach)
        assert density_of(uniform_prior(share, count), window) == pytest.approx(density)
    assert empty_share(1.0, window) == pytest.approx(0.02)  # never 0 nor 1: EM could not leave it
    assert empty_share(0.0, window) == pytest.approx(0.98)


def test_the_first_prior_of_em_is_one(data: Any) -> None:
    problem = make_problem(data.measurement, 8, "uniform", 1, "double")
    start = problem.random_start(np.random.default_rng(0))
    assert np.sum(start.prior) == pytest.approx(1)
    assert len(start.prior) == len(data.space.window.shifts) + 1


def test_the_true_share_of_empty_patches(data: Any) -> None:
    length, size, ndim = (
        data.space.length,
        data.measurement.samples.shape[0],
        data.space.window.ndim,
    )
    places = np.indices((size // length,) * ndim) * length
    seen = np.zeros(places.shape[1:], dtype=bool)
    for corner in data.placement.corners:
        apart = np.abs(places - corner.reshape(-1, *(1,) * ndim))
        seen |= np.all(apart < length, axis=0)
    density = len(data.placement.corners) * (length / size) ** ndim
    assert 1 - seen.mean() == pytest.approx(empty_share(density, data.space.window), abs=0.03)
