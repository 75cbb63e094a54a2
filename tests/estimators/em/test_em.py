"""EM as a whole: what it finds, when it stops, and which options it takes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.em.em import em

CHEAP = {"poses": 8, "n_init": 3, "precision": "double"}


def last(measurement: Measurement, seed: int = 1, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(seed), **{**CHEAP, **options})
    return estimate


def density(data: Any) -> float:
    pixels = data.space.window.size
    return len(data.placement.corners) * pixels / data.measurement.samples.size


def patches(data: Any) -> int:
    """How many there are on one grid."""
    return (len(data.measurement.samples) // data.space.length) ** data.space.window.ndim


@pytest.mark.parametrize("precision", ["single", "double"])
def test_an_easy_target_is_recovered(data: Any, precision: str) -> None:
    estimate = last(data.measurement, precision=precision)
    assert data.error(estimate.x) < 0.08
    assert estimate.density == pytest.approx(density(data), rel=0.1)
    assert estimate.converged is True
    assert estimate.sigma == data.measurement.sigma
    assert "3 random starts" in estimate.note
    assert f"converged after {estimate.iterations} iterations" in estimate.note


def test_defaults_recover_an_easy_signal(signal: Any) -> None:
    *_, estimate = em(signal.measurement, np.random.default_rng(0))
    assert signal.error(estimate.x) < 0.08
    assert "8 random starts" in estimate.note


@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_the_objective_never_decreases_and_is_the_likelihood(data: Any, prior: str) -> None:
    estimates = list(em(data.measurement, np.random.default_rng(2), **CHEAP, prior=prior))
    values = [e.objective for e in estimates if e.objective is not None]
    assert len(values) > 3
    assert np.all(np.diff(values) >= 0)
    # The likelihood per patch of noise alone is that of sigma's normal density: below is nothing.
    y, sigma = data.measurement.samples, data.measurement.sigma
    per_sample = np.mean(-(y**2) / (2 * sigma**2)) - np.log(2 * np.pi * sigma**2) / 2
    assert values[-1] > per_sample * data.space.window.size
    assert [e.converged for e in estimates[:-1]] == [False] * (len(estimates) - 1)


def test_a_free_prior_is_at_least_as_likely(signal: Any) -> None:
    uniform, free = (last(signal.measurement, prior=prior) for prior in ("uniform", "free"))
    assert free.objective > uniform.objective
    assert np.ptp(uniform.prior[:-1]) < 1e-12
    assert np.ptp(free.prior[:-1]) > 1e-4
    assert signal.error(free.x) < 0.15


def test_unknown_sigma_is_recovered(data: Any) -> None:
    estimate = last(data.without_sigma)
    assert estimate.sigma == pytest.approx(data.measurement.sigma, rel=0.02)
    assert data.error(estimate.x) < 0.08


def test_stochastic_em_recovers(data: Any) -> None:
    estimates = list(
        em(data.measurement, np.random.default_rng(1), **CHEAP, batch_fraction=0.2, iterations=40)
    )
    estimate = estimates[-1]
    assert data.error(estimate.x) < 0.1
    count = int(0.2 * patches(data))
    assert f"{count} patches an iteration" in estimate.note
    assert estimate.converged or estimate.iterations == 40
    assert [e.converged for e in estimates[:-1]] == [False] * (len(estimates) - 1)


def test_shifted_grids_raise_the_accuracy(simulate: Callable[..., Any]) -> None:
    errors = []
    for seed in range(6):
        data = simulate(make_space("line", 5), 5000, 2.0, 0.2, seed)
        errors.append([data.error(last(data.measurement, n_grids=g).x) for g in (1, 2)])
    one, two = np.sqrt(np.mean(np.square(errors), axis=0))
    assert two < 0.95 * one


def test_the_published_rule(data: Any) -> None:
    """One start, plain steps, at most ten, and none after one that gained less than 0.5."""
    estimates = list(
        em(data.measurement, np.random.default_rng(1), **CHEAP, stopping_rule="published")
    )
    gains = np.diff([e.objective for e in estimates[:-1]]) * patches(data)
    assert estimates[-1].iterations == len(estimates) - 1 <= 10
    assert np.all(gains[:-1] >= 0.5)
    if len(estimates) <= 10:
        assert gains[-1] < 0.5
    assert estimates[-1].converged is (len(estimates) <= 10)
    assert "1 random start;" in estimates[-1].note


def test_no_more_iterations_than_allowed(signal: Any) -> None:
    estimate = last(signal.measurement, iterations=2, n_init=1, anderson_memory=0, tolerance=0)
    assert estimate.iterations == 2
    assert estimate.converged is False
    assert "not converged after 2 iterations" in estimate.note


def test_a_looser_tolerance_stops_earlier(signal: Any) -> None:
    options = {"n_init": 1, "anderson_memory": 0}
    tight, loose = (last(signal.measurement, tolerance=t, **options) for t in (1e-6, 1.0))
    assert loose.iterations < tight.iterations
    assert tight.objective > loose.objective


def test_start_from_autocorrelation(data: Any) -> None:
    estimates = list(
        em(data.measurement, np.random.default_rng(1), **CHEAP, init="autocorrelation")
    )
    borrowed = [e for e in estimates if e.objective is None]
    fits = list(autocorrelation(data.measurement, np.random.default_rng(1)))
    assert len(borrowed) == len(fits)
    assert np.array_equal(borrowed[-1].x, fits[-1].x)
    estimate = estimates[-1]
    assert data.error(estimate.x) < 0.08
    assert estimate.note.startswith("started from autocorrelation")
    random = last(data.measurement)  # the same maximum of the likelihood
    assert estimate.objective == pytest.approx(random.objective, rel=1e-4)


def test_the_same_rng_gives_the_same(data: Any) -> None:
    for options in ({}, {"batch_fraction": 0.3, "iterations": 5}):
        one, two = (last(data.measurement, seed=5, **options) for _ in range(2))
        assert np.array_equal(one.x, two.x)
        assert one.objective == two.objective
    assert not np.array_equal(last(data.measurement, seed=6, **options).x, two.x)


def test_pure_noise_gives_finite_numbers() -> None:
    rng = np.random.default_rng(3)
    for name, shape in (("line", (3000,)), ("disc", (60, 60))):
        space = make_space(name, 5)
        for sigma in (1.0, None):
            measurement = Measurement(rng.standard_normal(shape), space, sigma)
            for estimate in em(measurement, rng, **CHEAP, iterations=30):
                assert np.isfinite(estimate.x).all()
                assert np.isfinite(estimate.prior).all()
                assert np.isfinite([estimate.sigma, estimate.density]).all()


@pytest.mark.parametrize(("name", "size"), [("line", 5), ("line", 7), ("disc", 5), ("disc", 9)])
def test_a_measurement_of_one_patch(name: str, size: int) -> None:
    space = make_space(name, 5)
    y = np.random.default_rng(0).standard_normal((size,) * space.window.ndim)
    estimate = last(Measurement(y, space, 1.0), n_grids=2, iterations=20)
    assert np.isfinite(estimate.x).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_fraction": 0.0}, "batch_fraction=0.0 of em: expected a number in (0, 1]"),
        ({"batch_fraction": 1.5}, "batch_fraction=1.5"),
        ({"batch_fraction": float("nan")}, "batch_fraction=nan"),
        ({"n_init": 0}, "n_init=0 of em: expected at least 1"),
        ({"n_grids": 0}, "n_grids=0"),
        ({"poses": -1}, "poses=-1"),
        ({"iterations": 0}, "iterations=0"),
        ({"anderson_memory": -1}, "anderson_memory=-1 of em: expected at least 0"),
        ({"tolerance": -1.0}, "tolerance=-1.0"),
        ({"tolerance": float("nan")}, "tolerance=nan"),
        ({"init": "oracel"}, "unknown estimator 'oracel': did you mean 'oracle'?"),
        ({"init": "oracle"}, "init='oracle' of em: expected an estimator that is told nothing"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        last(signal.measurement, **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_full_batches_of_volumes_never_lose_likelihood(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("ball", 7, "degree:2"), 140, 5.0, 0.1, 0)
    options = {"poses": 24, "n_init": 1, "batch_fraction": 1.0, "iterations": 15}
    estimates = em(data.measurement, np.random.default_rng(0), **options, precision="double")
    values = [e.objective for e in estimates if e.objective is not None]
    assert len(values) > 10
    assert np.all(np.diff(values) >= 0)
