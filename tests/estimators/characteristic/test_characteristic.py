"""Matching characteristic functions: derivatives, and what is found where the answer is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import InputError, make_space
from mtdbench.estimators.characteristic.characteristic import characteristic
from mtdbench.estimators.characteristic.characteristic_problem import CharacteristicProblem
from mtdbench.estimators.characteristic.frequencies import aligned, scattered
from mtdbench.estimators.characteristic.residuals import CharacteristicResiduals
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.shifts import shifted

SPACES = [("line", 6, "auto"), ("disc", 5, "paper"), ("ball", 5, "degree:2")]


def last(data: Any, **options: Any) -> Any:
    *_, estimate = characteristic(data, np.random.default_rng(0), **options)
    return estimate


@pytest.mark.parametrize("names", SPACES, ids=lambda names: names[0])
@pytest.mark.parametrize("sigma", [1.5, None])
@pytest.mark.parametrize("margin", [0, 1])
def test_the_jacobian_is_the_derivative(names: tuple, sigma: float | None, margin: int) -> None:
    space, rng = make_space(*names), np.random.default_rng(0)
    forward = ForwardModel(space)
    if margin:
        forward = ForwardModel(space, (Convolution(rng.uniform(size=(3,) * space.window.ndim)),))
    omega = scattered(rng, 6, forward.support.size, 0.1, 0.8)
    values, weights = rng.standard_normal(12), rng.standard_normal((9, 12))
    poses = space.random_poses(rng, 3)
    fit = CharacteristicResiduals(forward, poses, omega, values, weights, sigma)
    others = [] if sigma else [np.log(0.7)]
    theta = np.concatenate([space.random(rng), others, [np.log(0.2)]])
    exact = fit.jacobian(theta)
    assert exact.shape == (9, len(theta))
    for j, column in enumerate(exact.T):
        step = np.zeros_like(theta)
        step[j] = 1e-5
        numeric = (fit.residual(theta + step) - fit.residual(theta - step)) / 2e-5
        assert np.linalg.norm(column - numeric) < 1e-8 * np.linalg.norm(exact)


@pytest.mark.parametrize("names", SPACES[:2], ids=lambda names: names[0])
def test_waves_that_are_none_do_not_count(names: tuple) -> None:
    """As where a fit to noise alone leaves everything open: their cosine is 1 to the last bit."""
    space, rng = make_space(*names), np.random.default_rng(0)
    samples = rng.standard_normal((2000,) if names[0] == "line" else (60, 60))
    problem = CharacteristicProblem(Measurement(samples, space, 1.0), 1.0, 8, 2**20)
    x = space.random(rng)
    waves = problem.scattered(rng, 40, x)
    told = problem.at(waves)
    waves[:10] *= 1e-6
    fit = problem.at(waves)
    assert (fit.weights[:, :10] == 0).all()
    assert (fit.weights[:, 10:] != 0).any(axis=0).all()
    assert len(fit.weights) == len(told.weights) - 10
    found = problem.fitted(fit, x, 0.1)
    assert np.isfinite(found.x).all()


@pytest.mark.parametrize(
    ("names", "size", "density"), [(SPACES[0], 20000, 0.2), (SPACES[1], 300, 0.06)], ids=str
)
def test_easy_data_are_recovered(simulate: Any, names: tuple, size: int, density: float) -> None:
    data = simulate(make_space(*names), size, 10.0, density, 1)
    estimate = last(data.measurement, n_init=3)
    assert data.error(estimate.x) < 0.1
    assert estimate.converged
    assert estimate.sigma == data.measurement.sigma
    assert estimate.density == pytest.approx(density, rel=0.1)


def test_sigma_is_found_where_it_is_not_known(data: Any) -> None:
    estimate = last(data.without_sigma, n_init=3)
    assert estimate.sigma == pytest.approx(data.measurement.sigma, rel=0.05)
    assert data.error(estimate.x) < 0.2


def test_several_micrographs_are_one_measurement(signal: Any) -> None:
    y = signal.measurement.samples.reshape(3, -1)
    assert signal.error(last(replace(signal.measurement, samples=y), n_init=3).x) < 0.1


def test_the_further_stage_is_no_worse_in_the_mean(simulate: Any) -> None:
    space = make_space("line", 6)
    errors = []
    for seed in range(6):
        data = simulate(space, 12000, 2.0, 0.2, seed)
        rng = np.random.default_rng(0)
        estimates = list(characteristic(data.measurement, rng, n_init=2, frequencies=200))
        errors.append([data.error(e.x) for e in estimates[-2:]])
    first, second = np.mean(errors, axis=0)
    assert second < 1.1 * first


@pytest.mark.parametrize("names", SPACES, ids=lambda names: names[0])
def test_aligned_frequencies_lie_along_views(names: tuple) -> None:
    space, rng = make_space(*names), np.random.default_rng(0)
    x, window = space.random(rng), space.window
    if space.ndim > 1:  # what looks the same from all sides has the same views in all poses
        x = x * (np.arange(space.size) == 0)
    omega = aligned(rng, 40, ForwardModel(space), x, 0.8, 0.0)
    lengths = np.linalg.norm(omega, axis=1)
    assert np.all((lengths >= 0.08) & (lengths <= 0.8))
    template = space.project(x, space.poses(1))
    every = shifted(template, window)[0]  # all that a window can see of it
    every = every / np.maximum(np.linalg.norm(every, axis=1), 1e-300)[:, None]
    assert len(every) == len(window.shifts)
    np.testing.assert_allclose(np.max(omega @ every.T, axis=1), lengths, rtol=1e-9)


def test_what_it_cannot_do_is_said(signal: Any) -> None:
    arbitrary = replace(signal.measurement, spacing="arbitrary")
    with pytest.raises(InputError, match="expected 'well-separated'"):
        last(arbitrary)
    for options in ({"n_init": 0}, {"frequencies": 0}, {"poses": 0}, {"windows": 0}):
        with pytest.raises(InputError, match="expected at least 1"):
            last(signal.measurement, **options)
    with pytest.raises(InputError, match="expected at least 0"):
        last(signal.measurement, stages=-1)
