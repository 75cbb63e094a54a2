"""Autocorrelation analysis as a whole."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.autocorrelation.measured_problem import moment_problem
from mtdbench.estimators.autocorrelation.moment_fits import better
from mtdbench.estimators.density_fit import DensityFit
from mtdbench.model.separations import separations
from mtdbench.moments.autocorrelations import lags, noise_bias
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.spaces import Window


def run(measurement: Measurement, seed: int = 1, **options: Any) -> list[Estimate]:
    return list(autocorrelation(measurement, np.random.default_rng(seed), **options))


@pytest.mark.parametrize("weights", ["covariance", "count"])
def test_an_easy_target_is_recovered(data: Any, weights: str) -> None:
    estimate = run(data.measurement, n_init=3, weights=weights)[-1]
    assert data.error(estimate.x) < 0.3  # of two random images it is 0.5
    pixels = data.space.window.size
    true = len(data.placement.corners) * pixels / data.measurement.samples.size
    assert estimate.density == pytest.approx(true, rel=0.15)
    assert estimate.converged is True
    assert estimate.iterations == 3


def test_all_solvers_agree(data: Any) -> None:
    one, *others = (
        run(data.measurement, n_init=2, solver=solver)[-1]
        for solver in ("scipy", "lbfgs", "pymanopt")
    )
    for two in others:
        assert two.objective == pytest.approx(one.objective, rel=1e-3)
        assert data.error(two.x) == pytest.approx(data.error(one.x), rel=3e-2)


def test_every_start_yields_the_best_so_far(signal: Any) -> None:
    estimates = run(signal.measurement, n_init=6)
    assert [e.iterations for e in estimates] == [1, 2, 3, 4, 5, 6]
    assert np.all(np.diff([e.objective for e in estimates]) <= 0)
    assert "best of 6 random starts" in estimates[-1].note


def test_of_fits_at_one_minimum_the_one_that_met_its_tolerance_is_kept() -> None:
    """The last digits of a cost say nothing, whether an optimiser gave up does."""

    def fit(cost: float, converged: bool) -> DensityFit:
        return DensityFit(np.zeros(1), np.zeros(0), 0.1, cost, converged)

    assert better(fit(1.0, True), fit(1.0 - 1e-12, False))
    assert not better(fit(1.0 - 1e-12, False), fit(1.0, True))
    assert not better(fit(1.0 - 1e-12, True), fit(1.0, True))
    assert better(fit(0.99, False), fit(1.0, True))
    assert not better(fit(1.0, True), fit(0.99, False))
    assert better(fit(1e-21, True), fit(1e-20, True))


def test_unknown_sigma_leaves_out_what_noise_biases(data: Any) -> None:
    """Whatever white noise would add to the moments, the residual stays the same."""
    space = data.space
    geometry = lags(space.window)
    for weights in ("count", "covariance"):
        problem = moment_problem(data.without_sigma, space.window, weights)
        bias = noise_bias(2.0, problem.target[0], geometry)
        theta = np.append(data.truth, np.log(0.1))
        moved = replace(problem, target=problem.target + bias)
        assert np.array_equal(moved.residual(theta), problem.residual(theta))
        known = moment_problem(data.measurement, space.window, weights)
        moved = replace(known, target=known.target + bias)
        assert not np.allclose(moved.residual(theta), known.residual(theta))


def test_known_sigma_removes_the_bias(data: Any) -> None:
    space = data.space
    geometry = lags(space.window)
    raw = measured_moments(data.measurement.stack, space.window).values
    target = moment_problem(data.measurement, space.window, "count").target
    bias = noise_bias(data.measurement.sigma, raw[0], geometry)
    np.testing.assert_allclose(target + bias, raw, atol=1e-14)
    pixels = space.window.size
    images = space.project(data.truth, data.placement.poses)
    power = np.sum(images**2) / data.measurement.samples.size
    assert target[1] == pytest.approx(power, rel=0.1)
    assert raw[1] > 1.5 * power or pixels == 6


def test_an_easy_signal_is_recovered_without_sigma(signal: Any) -> None:
    estimate = run(signal.without_sigma)[-1]
    assert signal.error(estimate.x) < 0.2


@pytest.mark.parametrize("width", [3, 5])
def test_fewer_lags_are_fewer_moments(signal: Any, width: int) -> None:
    problem = moment_problem(signal.measurement, Window((width,)), "covariance")
    assert problem.target.size == lags(Window((width,))).count
    assert problem.weights.shape == (problem.target.size,) * 2
    assert np.isfinite(run(signal.measurement, n_init=1, width=width)[-1].x).all()


def test_large_windows_are_fitted_by_their_short_lags() -> None:
    space = make_space("disc", 9, "count:3")
    y = np.random.default_rng(0).standard_normal((30, 30))
    estimate = run(Measurement(y, space, 1.0), n_init=1)[-1]
    count = int(estimate.note.split()[-2])
    counts = [lags(Window.cube(width, 2)).count for width in range(2, 10)]
    assert count == max(some for some in counts if some <= 4000)


BASES = {"line": "auto", "disc": "count:3"}  # few coefficients are fitted fast


@pytest.mark.parametrize(("name", "sizes"), [("line", (5, 60, 100)), ("disc", (5, 12, 60))])
def test_a_small_measurement(name: str, sizes: tuple[int, ...]) -> None:
    """Too few tiles to see how the moments scatter."""
    space, rng = make_space(name, 5, BASES[name]), np.random.default_rng(1)
    for size in sizes:
        y = rng.standard_normal((size,) * space.window.ndim)
        assert np.isfinite(run(Measurement(y, space, 1.0), n_init=1)[-1].x).all()


def test_pure_noise_gives_finite_numbers() -> None:
    rng = np.random.default_rng(3)
    for name, shape in (("line", (3000,)), ("disc", (125, 125))):
        for sigma in (1.0, None):
            y, space = rng.standard_normal(shape), make_space(name, 5, BASES[name])
            for estimate in run(Measurement(y, space, sigma), n_init=2):
                assert np.isfinite(estimate.x).all()
                assert np.isfinite([estimate.density, estimate.objective]).all()


def test_the_same_rng_gives_the_same(signal: Any) -> None:
    one, two, other = (run(signal.measurement, seed, n_init=1)[-1] for seed in (4, 4, 5))
    assert np.array_equal(one.x, two.x)
    assert not np.array_equal(one.x, other.x)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_init": 0}, "n_init=0 of autocorrelation: expected at least 1"),
        ({"width": 0}, "width=0 of autocorrelation: expected 2 to 6, the window"),
        ({"width": 1}, "width=1"),
        ({"width": 7}, "width=7"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        run(signal.measurement, **options)
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def crowded_signal(simulate: Any) -> Any:
    """Copies of the signal of the 1-D paper, half of the samples covered."""
    x = [0.176882, 0.442912, 0.182218, 0.098402, 0.280250, 0.298576, 0.212762, 0.588424]
    x = np.array([*x, 0.598820, 0.248742])
    x /= np.sqrt(np.mean(x**2))
    return simulate(make_space("line", 10), 300000, 10.0, 0.5, 3, x=x, spacing="arbitrary")


@pytest.fixture(scope="module")
def crowded_image(simulate: Any) -> Any:
    return simulate(make_space("disc", 5), 800, 10.0, 0.1, 2, spacing="arbitrary")


def test_a_crowded_signal_and_its_separations_are_recovered(crowded_signal: Any) -> None:
    estimate = run(crowded_signal.measurement, n_init=4)[-1]
    assert crowded_signal.error(estimate.x) < 0.01
    assert estimate.density == pytest.approx(0.5, rel=0.01)
    true = separations(crowded_signal.placement.corners, crowded_signal.space.window)
    assert np.abs(estimate.pairs - true).max() < 0.02
    assert np.abs(0.05 - true).max() > 0.02  # what copies would do that know nothing of each other
    deaf = replace(crowded_signal.measurement, spacing="well-separated")
    alone = run(deaf, n_init=4)[-1]
    assert alone.pairs is None
    assert alone.density < 0.45
    assert crowded_signal.error(alone.x) > 2 * crowded_signal.error(estimate.x)


def test_a_crowded_image_is_recovered(crowded_image: Any) -> None:
    estimate = run(crowded_image.measurement, n_init=2)[-1]
    assert crowded_image.error(estimate.x) < 0.03
    assert estimate.density == pytest.approx(0.1, rel=0.03)
    true = separations(crowded_image.placement.corners, crowded_image.space.window)
    assert np.abs(estimate.pairs - true).max() < 0.006
    assert np.mean(estimate.pairs) == pytest.approx(np.mean(true), rel=0.1)
    deaf = replace(crowded_image.measurement, spacing="well-separated")
    assert crowded_image.error(run(deaf, n_init=2)[-1].x) > 0.03


@pytest.mark.parametrize("weights", ["covariance", "count"])
def test_crowded_signals_are_fitted_without_sigma(crowded_signal: Any, weights: Any) -> None:
    estimate = run(crowded_signal.without_sigma, n_init=4, weights=weights)[-1]
    assert crowded_signal.error(estimate.x) < 0.1


def test_displacements_beyond_the_lags_are_as_of_strangers(crowded_signal: Any) -> None:
    estimate = run(crowded_signal.measurement, n_init=1, width=4)[-1]
    strangers = estimate.density / 10
    assert np.array_equal(estimate.pairs[3:], np.full(6, strangers))
    assert not np.any(estimate.pairs[:3] == strangers)


@pytest.mark.parametrize("weights", ["covariance", "count"])
def test_a_small_crowded_measurement(weights: Any) -> None:
    for name, size in (("line", 60), ("disc", 11)):
        space, rng = make_space(name, 5, BASES[name]), np.random.default_rng(1)
        y = rng.standard_normal((size,) * space.window.ndim)
        measurement = Measurement(y, space, 1.0, "arbitrary")
        estimate = run(measurement, n_init=1, weights=weights)[-1]
        assert np.isfinite(estimate.x).all()
        assert np.all(estimate.pairs >= 0)


def test_crowded_volumes_are_declined() -> None:
    volume = Measurement(np.zeros((20, 20)), make_space("ball", 5, "degree:1"), 1.0, "arbitrary")
    with pytest.raises(InputError, match="space 'ball': expected 'well-separated'"):
        run(volume)


def test_published_weights_are_not_for_volumes() -> None:
    volume = Measurement(np.zeros((20, 20)), make_space("ball", 5, "degree:1"), 1.0)
    with pytest.raises(InputError, match="weights='published' of autocorrelation for space 'ball'"):
        run(volume, weights="published")
