"""Autocorrelation analysis as a whole."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation import autocorrelation, fitter
from mtdbench.kernels.moments import lags, measured, noise_bias


def run(measurement: Measurement, seed: int = 1, **options: Any) -> list[Estimate]:
    return list(autocorrelation(measurement, np.random.default_rng(seed), **options))


@pytest.mark.parametrize("weights", ["covariance", "count"])
def test_an_easy_target_is_recovered(data: Any, weights: str) -> None:
    estimate = run(data.measurement, starts=3, weights=weights)[-1]
    assert data.error(estimate.x) < 0.3  # of two random images it is 0.5
    pixels = data.space.window**data.space.ndim_measurement
    true = len(data.placement.corners) * pixels / data.measurement.samples.size
    assert estimate.density == pytest.approx(true, rel=0.15)
    assert estimate.converged is True
    assert estimate.iterations == 3


def test_all_solvers_agree(data: Any) -> None:
    one, *others = (
        run(data.measurement, starts=2, solver=solver)[-1]
        for solver in ("scipy", "lbfgs", "pymanopt")
    )
    for two in others:
        assert two.objective == pytest.approx(one.objective, rel=1e-3)
        assert data.error(two.x) == pytest.approx(data.error(one.x), rel=3e-2)


def test_every_start_yields_the_best_so_far(signal: Any) -> None:
    estimates = run(signal.measurement, starts=6)
    assert [e.iterations for e in estimates] == [1, 2, 3, 4, 5, 6]
    assert np.all(np.diff([e.objective for e in estimates]) <= 0)
    assert "best of 6 random starts" in estimates[-1].note


def test_unknown_sigma_leaves_out_what_noise_biases(data: Any) -> None:
    """Whatever white noise would add to the moments, the residual stays the same."""
    space = data.space
    geometry = lags(space.window, space.ndim_measurement)
    for weights in ("count", "covariance"):
        problem = fitter(data.without_sigma, space.window, weights)
        bias = noise_bias(2.0, problem.target[0], geometry)
        theta = np.append(data.truth, np.log(0.1))
        moved = replace(problem, target=problem.target + bias)
        assert np.array_equal(moved.residual(theta), problem.residual(theta))
        known = fitter(data.measurement, space.window, weights)
        moved = replace(known, target=known.target + bias)
        assert not np.allclose(moved.residual(theta), known.residual(theta))


def test_known_sigma_removes_the_bias(data: Any) -> None:
    space = data.space
    geometry = lags(space.window, space.ndim_measurement)
    raw = measured(data.measurement.samples, space.window).values
    target = fitter(data.measurement, space.window, "count").target
    bias = noise_bias(data.measurement.sigma, raw[0], geometry)
    np.testing.assert_allclose(target + bias, raw, atol=1e-14)
    pixels = space.window**space.ndim_measurement
    images = space.project(data.truth, data.placement.poses)
    power = np.sum(images**2) / data.measurement.samples.size
    assert target[1] == pytest.approx(power, rel=0.1)
    assert raw[1] > 1.5 * power or pixels == 6


def test_an_easy_signal_is_recovered_without_sigma(signal: Any) -> None:
    estimate = run(signal.without_sigma)[-1]
    assert signal.error(estimate.x) < 0.2


@pytest.mark.parametrize("width", [3, 5])
def test_fewer_lags_are_fewer_moments(signal: Any, width: int) -> None:
    problem = fitter(signal.measurement, width, "covariance")
    assert problem.target.size == lags(width, 1).count
    assert problem.weights.shape == (problem.target.size,) * 2
    assert np.isfinite(run(signal.measurement, starts=1, width=width)[-1].x).all()


def test_large_windows_are_fitted_by_their_short_lags() -> None:
    space = make_space("disc", 9, "count:3")
    y = np.random.default_rng(0).standard_normal((30, 30))
    estimate = run(Measurement(y, space, 1.0), starts=1)[-1]
    count = int(estimate.note.split()[-2])
    assert count == max(lags(w, 2).count for w in range(2, 10) if lags(w, 2).count <= 4000)


BASES = {"line": "auto", "disc": "count:3"}  # few coefficients are fitted fast


@pytest.mark.parametrize(("name", "sizes"), [("line", (5, 60, 100)), ("disc", (5, 12, 60))])
def test_a_small_measurement(name: str, sizes: tuple[int, ...]) -> None:
    """Too few tiles to see how the moments scatter."""
    space, rng = make_space(name, 5, BASES[name]), np.random.default_rng(1)
    for size in sizes:
        y = rng.standard_normal((size,) * space.ndim_measurement)
        assert np.isfinite(run(Measurement(y, space, 1.0), starts=1)[-1].x).all()


def test_pure_noise_gives_finite_numbers() -> None:
    rng = np.random.default_rng(3)
    for name, shape in (("line", (3000,)), ("disc", (125, 125))):
        for sigma in (1.0, None):
            y, space = rng.standard_normal(shape), make_space(name, 5, BASES[name])
            for estimate in run(Measurement(y, space, sigma), starts=2):
                assert np.isfinite(estimate.x).all()
                assert np.isfinite([estimate.density, estimate.objective]).all()


def test_the_same_rng_gives_the_same(signal: Any) -> None:
    one, two, other = (run(signal.measurement, seed, starts=1)[-1] for seed in (4, 4, 5))
    assert np.array_equal(one.x, two.x)
    assert not np.array_equal(one.x, other.x)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"starts": 0}, "starts=0 of autocorrelation: expected at least 1"),
        ({"width": 0}, "width=0 of autocorrelation: expected 2 to 6, the window"),
        ({"width": 1}, "width=1"),
        ({"width": 7}, "width=7"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        run(signal.measurement, **options)
    assert said in str(caught.value)


def test_arbitrary_spacing_is_declined(signal: Any) -> None:
    with pytest.raises(InputError, match="expected 'well-separated'"):
        run(replace(signal.measurement, spacing="arbitrary"))
