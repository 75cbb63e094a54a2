"""EM of signals whose copies may lie at any distance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.em.em import em
from mtdbench.model.separations import separations

OPTIONS = {"n_init": 4, "precision": "double"}


def last(measurement: Measurement, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(1), **{**OPTIONS, **options})
    return estimate


@pytest.fixture(scope="module")
def crowded(simulate: Callable[..., Any]) -> Any:
    """Copies that fill half of the samples."""
    return simulate(make_space("line", 6), 30_000, 10.0, 0.5, 0, spacing="arbitrary")


@pytest.fixture(scope="module")
def xi(crowded: Any) -> np.ndarray:
    return separations(crowded.placement.corners, crowded.space.window)


def test_signal_density_and_separations_are_recovered(crowded: Any, xi: np.ndarray) -> None:
    estimate = last(crowded.measurement)
    assert crowded.error(estimate.x) < 0.02
    assert estimate.density == pytest.approx(0.5, rel=0.02)
    assert xi.max() > 0.1
    np.testing.assert_allclose(estimate.pairs, xi, atol=0.03)
    assert estimate.converged is True
    assert np.sum(estimate.prior) == pytest.approx(1)


def test_patches_that_see_two_copies_mislead_the_model_of_one(crowded: Any) -> None:
    two, one = (last(crowded.measurement, prior=prior) for prior in ("pairs", "uniform"))
    assert crowded.error(two.x) < 0.5 * crowded.error(one.x)
    assert abs(two.density - 0.5) < 0.2 * abs(one.density - 0.5)
    assert two.objective > one.objective
    assert one.pairs is None


@pytest.mark.parametrize(
    "options",
    [
        {"n_grids": 3},
        {"batch_fraction": 0.3, "iterations": 60},
        {"n_init": 1},
        {"n_init": 1, "shift_annealing": True},
        {"shift_annealing": True},
        {"precision": "single"},
    ],
    ids=str,
)
def test_it_goes_with_every_option(crowded: Any, xi: np.ndarray, options: dict[str, Any]) -> None:
    estimate = last(crowded.measurement, **options)
    assert crowded.error(estimate.x) < 0.03
    np.testing.assert_allclose(estimate.pairs, xi, atol=0.04)


def test_it_goes_with_the_published_rule_and_a_given_start(crowded: Any, tmp_path: Any) -> None:
    np.save(tmp_path / "start.npy", crowded.truth)
    init = str(tmp_path / "start.npy")
    estimate = last(crowded.measurement, init=init, stopping_rule="published")
    assert estimate.iterations <= 10
    assert crowded.error(estimate.x) < 0.03


def test_unknown_sigma_is_recovered(crowded: Any) -> None:
    estimate = last(crowded.without_sigma)
    assert estimate.sigma == pytest.approx(crowded.measurement.sigma, rel=0.02)
    assert crowded.error(estimate.x) < 0.02


def test_several_micrographs_are_one_measurement(crowded: Any, xi: np.ndarray) -> None:
    parts = replace(crowded.measurement, samples=crowded.measurement.samples.reshape(5, -1))
    estimate = last(parts)
    assert crowded.error(estimate.x) < 0.02
    np.testing.assert_allclose(estimate.pairs, xi, atol=0.03)


def test_well_separated_copies_have_no_pairs(simulate: Callable[..., Any]) -> None:
    """And nothing is lost by looking for them."""
    data = simulate(make_space("line", 6), 30_000, 10.0, 0.3, 0)
    two, one = (last(data.measurement, prior=prior) for prior in ("pairs", "uniform"))
    assert np.max(two.pairs) < 0.01
    assert two.density == pytest.approx(one.density, rel=0.01)
    assert np.linalg.norm(two.x - one.x) < 0.01 * np.linalg.norm(one.x)
    assert two.objective >= one.objective - 1e-6


def test_the_spacing_chooses_the_model(crowded: Any, simulate: Callable[..., Any]) -> None:
    named = last(crowded.measurement, prior="pairs")
    assert np.array_equal(last(crowded.measurement).x, named.x)
    separated = replace(crowded.measurement, spacing="well-separated")
    assert last(separated).pairs is None
    image = simulate(make_space("disc", 3), 60, 10.0, 0.2, 0, spacing="arbitrary")
    assert last(image.measurement, poses=8, iterations=5).pairs is None


def test_spaces_with_poses_and_wide_windows_are_declined(image: Any) -> None:
    with pytest.raises(InputError, match="'pairs' of em for space 'disc': expected 'uniform'"):
        last(image.measurement, prior="pairs")
    wide = Measurement(np.zeros(2000), make_space("line", 300), 1.0, "arbitrary")
    with pytest.raises(InputError, match="window 300 with prior 'pairs' of em: expected at most"):
        last(wide)


def test_pure_noise_gives_finite_numbers() -> None:
    rng = np.random.default_rng(3)
    for sigma in (1.0, None):
        measurement = Measurement(
            rng.standard_normal(3000), make_space("line", 5), sigma, "arbitrary"
        )
        for estimate in em(measurement, rng, **OPTIONS, iterations=30):
            assert np.isfinite(estimate.x).all()
            assert np.isfinite(estimate.pairs).all()
            assert np.isfinite([estimate.sigma, estimate.density]).all()
