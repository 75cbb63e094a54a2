"""EM as a whole: what it finds, when it stops, and which options it takes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.em import em as em_module
from mtdbench.estimators.em import stochastic
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.prior import uniform_prior
from mtdbench.model.patches import Patches
from mtdbench.spaces.volume import volume

CHEAP = {"poses": 8, "starts": 3, "precision": "double"}


def last(measurement: Measurement, seed: int = 1, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(seed), **{**CHEAP, **options})
    return estimate


def density(data: Any) -> float:
    pixels = data.space.window.size
    return len(data.placement.corners) * pixels / data.measurement.samples.size


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
        em(data.measurement, np.random.default_rng(1), **CHEAP, share=0.2, iterations=40)
    )
    estimate = estimates[-1]
    assert data.error(estimate.x) < 0.1
    count = int(0.2 * len(Patches(data.measurement.samples, data.space.window)))
    assert f"{count} patches an iteration" in estimate.note
    assert estimate.converged or estimate.iterations == 40
    assert [e.converged for e in estimates[:-1]] == [False] * (len(estimates) - 1)


def test_the_noise_of_stochastic_em_dies_down(signal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate is the mean of half the iterates, more and more of them."""
    options = {**CHEAP, "starts": 1, "share": 0.2, "iterations": 80}
    monkeypatch.setattr(stochastic, "FEWEST", 1000)
    x = np.array([e.x for e in em(signal.measurement, np.random.default_rng(1), **options)])
    steps = np.linalg.norm(np.diff(x, axis=0), axis=1)
    early, late = steps[8:16].mean(), steps[-20:].mean()
    assert late < 0.6 * early


def test_shifted_grids_raise_the_accuracy(simulate: Callable[..., Any]) -> None:
    errors = []
    for seed in range(6):
        data = simulate(make_space("line", 5), 5000, 2.0, 0.2, seed)
        errors.append([data.error(last(data.measurement, grids=g).x) for g in (1, 2)])
    one, two = np.sqrt(np.mean(np.square(errors), axis=0))
    assert two < 0.95 * one


def test_the_published_rule(data: Any) -> None:
    """One start, plain steps, at most ten, and none after one that gained less than 0.5."""
    estimates = list(em(data.measurement, np.random.default_rng(1), **CHEAP, stop="published"))
    patches = (data.measurement.samples.shape[0] // data.space.window) ** data.space.window.ndim
    gains = np.diff([e.objective for e in estimates[:-1]]) * patches
    assert estimates[-1].iterations == len(estimates) - 1 <= 10
    assert np.all(gains[:-1] >= 0.5)
    if len(estimates) <= 10:
        assert gains[-1] < 0.5
    assert estimates[-1].converged is (len(estimates) <= 10)
    assert "1 random start;" in estimates[-1].note


def test_the_published_rule_can_be_met(signal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    good = Estimate(signal.truth, density=density(signal))
    offer(monkeypatch, good)
    run = em(
        signal.measurement, np.random.default_rng(1), **CHEAP, start="plugin", stop="published"
    )
    *estimates, end = (e for e in run if e.objective is not None)
    gains = np.diff([e.objective for e in estimates]) * (signal.measurement.samples.size // 6)
    assert 2 <= end.iterations < 10
    assert end.converged is True
    assert np.all(gains[:-1] >= 0.5)
    assert gains[-1] < 0.5


def test_no_more_iterations_than_allowed(signal: Any) -> None:
    estimate = last(signal.measurement, iterations=2, starts=1, depth=0, tolerance=0)
    assert estimate.iterations == 2
    assert estimate.converged is False
    assert "not converged after 2 iterations" in estimate.note


def test_a_looser_tolerance_stops_earlier(signal: Any) -> None:
    options = {"starts": 1, "depth": 0}
    tight, loose = (last(signal.measurement, tolerance=t, **options) for t in (1e-6, 1.0))
    assert loose.iterations < tight.iterations
    assert tight.objective > loose.objective


def test_start_from_autocorrelation(data: Any) -> None:
    estimates = list(
        em(data.measurement, np.random.default_rng(1), **CHEAP, start="autocorrelation")
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


def offer(monkeypatch: pytest.MonkeyPatch, *estimates: Estimate) -> None:
    """Let every estimator's name stand for one that yields these."""

    def plugin(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
        yield from estimates

    monkeypatch.setattr(em_module, "load", lambda name: plugin)


def first_step(measurement: Measurement, **options: Any) -> Estimate:
    """The first estimate that EM itself gives."""
    run = em(measurement, np.random.default_rng(1), **CHEAP, start="plugin", **options)
    return next(e for e in run if e.objective is not None)


def test_a_start_brings_its_prior(signal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x, views = signal.truth, 2 * signal.space.window
    offer(monkeypatch, Estimate(np.zeros_like(x)), Estimate(x, prior=uniform_prior(0.6, views)))
    own = first_step(signal.measurement)
    offer(monkeypatch, Estimate(x, density=0.4 / (11 / 6)))  # the density of that share
    same = first_step(signal.measurement)
    assert own.objective == pytest.approx(same.objective, rel=1e-12)
    offer(monkeypatch, Estimate(x, density=0.02))
    assert first_step(signal.measurement).objective < own.objective
    offer(monkeypatch, Estimate(x, prior=np.full(3, 1 / 3)))  # of another shape: of no use
    guessed = first_step(signal.measurement)
    offer(monkeypatch, Estimate(x))
    assert guessed.objective == first_step(signal.measurement).objective


def test_a_start_brings_its_sigma(signal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    good = Estimate(signal.truth, density=density(signal), sigma=signal.measurement.sigma)
    offer(monkeypatch, good)
    known = first_step(signal.without_sigma)
    offer(monkeypatch, replace(good, sigma=None))
    assert known.objective > first_step(signal.without_sigma).objective
    offer(monkeypatch, replace(good, sigma=9.0))  # what the measurement says comes first
    assert first_step(signal.measurement).objective == pytest.approx(known.objective)


def test_a_start_that_gives_nothing_is_an_error(
    signal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch)
    with pytest.raises(ValueError, match="'plugin' gave no estimate"):
        last(signal.measurement, start="plugin")


def test_the_same_rng_gives_the_same(data: Any) -> None:
    for options in ({}, {"share": 0.3, "iterations": 5}):
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
    estimate = last(Measurement(y, space, 1.0), grids=2, iterations=20)
    assert np.isfinite(estimate.x).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"share": 0.0}, "share=0.0 of em: expected a number in (0, 1]"),
        ({"share": 1.5}, "share=1.5"),
        ({"share": float("nan")}, "share=nan"),
        ({"starts": 0}, "starts=0 of em: expected at least 1"),
        ({"grids": 0}, "grids=0"),
        ({"poses": -1}, "poses=-1"),
        ({"iterations": 0}, "iterations=0"),
        ({"depth": -1}, "depth=-1 of em: expected at least 0"),
        ({"tolerance": -1.0}, "tolerance=-1.0"),
        ({"tolerance": float("nan")}, "tolerance=nan"),
        ({"start": "oracel"}, "unknown estimator 'oracel': did you mean 'oracle'?"),
        ({"start": "oracle"}, "start='oracle' of em: expected an estimator that is told nothing"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        last(signal.measurement, **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_volumes_are_found_by_marching(
    simulate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a random start through the levels of the ball, on bright data."""
    monkeypatch.setattr(volume, "COARSEST_DEGREE", 3)
    space = make_space("ball", 7)
    assert [level.degree for level in space.levels()] == [3, 5]
    data = simulate(space, 210, 20.0, 0.12, 0)
    options = {"poses": 120, "starts": 2, "iterations": 6}
    estimates = list(em(data.measurement, np.random.default_rng(0), **options))
    assert data.error(estimates[-1].x) < 0.3
    assert {e.note for e in estimates} >= {"marching, level 1"}
    assert all(e.objective is None for e in estimates if e.note.startswith("marching"))
    assert all(e.x.shape == (space.size,) for e in estimates)


def test_full_batches_of_volumes_never_lose_likelihood(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("ball", 7, "degree:2"), 140, 5.0, 0.1, 0)
    options = {"poses": 24, "starts": 1, "share": 1.0, "iterations": 15}
    estimates = em(data.measurement, np.random.default_rng(0), **options, precision="double")
    values = [e.objective for e in estimates if e.objective is not None]
    assert len(values) > 10
    assert np.all(np.diff(values) >= 0)


@pytest.mark.parametrize("name", ["start.npy", "truth.npz", "out"])
def test_coefficients_in_a_file_or_a_folder_are_a_start(
    signal: Any, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name == "truth.npz":
        np.savez(path, x=signal.truth)
    else:
        np.save(path if path.suffix else tmp_path / "coefficients.npy", signal.truth)
        path = path if path.suffix else tmp_path
    estimates = list(em(signal.measurement, np.random.default_rng(0), start=str(path)))
    assert signal.error(estimates[0].x) < 0.3
    assert f"started from {path}" in estimates[-1].note


def test_a_start_that_does_not_fit_is_named(signal: Any, tmp_path: Path) -> None:
    path = tmp_path / "start.npy"
    np.save(path, signal.truth[:-1])
    with pytest.raises(InputError, match="expected 6 finite coefficients"):
        last(signal.measurement, start=str(path))
    with pytest.raises(InputError, match="no file"):
        last(signal.measurement, start=str(tmp_path / "none.npy"))
