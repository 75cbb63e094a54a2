"""Heterogeneity: signals of several classes, found by the estimators as they stand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.characteristic.characteristic import characteristic
from mtdbench.estimators.em.em import em
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.cramer_rao import known_bound, patch_bound


@pytest.fixture(scope="module", params=[(2, 6), (3, 8)], ids=["2 classes", "3 classes"])
def mixed(request: pytest.FixtureRequest, simulate: Callable[..., Any]) -> Any:
    """An easy measurement."""
    classes, window = request.param
    return simulate(make_space("line", window, f"classes:{classes}"), 30000, 10.0, 0.2, 2)


def last(estimator: Any, data: Any, **options: Any) -> np.ndarray:
    *_, estimate = estimator(data.measurement, np.random.default_rng(1), **options)
    return np.asarray(estimate.x)


def one_signal(data: Any) -> float:
    """The error of whoever takes all copies for the same."""
    signals = data.truth.reshape(-1, data.space.length)
    return float(data.error(np.tile(signals.mean(axis=0), len(signals))))


@pytest.mark.parametrize("estimator", [em, autocorrelation, characteristic])
def test_all_signals_are_recovered(mixed: Any, estimator: Any) -> None:
    error = mixed.error(last(estimator, mixed))
    assert error < 0.12
    assert error < one_signal(mixed) / 3


def test_the_oracle_is_told_the_classes(mixed: Any) -> None:
    """It averages the windows of each class; its error is the bound of those who know."""
    placement, length = mixed.placement, mixed.space.length
    found = last(oracle, mixed, placement=placement).reshape(-1, length)
    y = mixed.measurement.samples
    for k, signal in enumerate(found):
        corners = placement.corners[placement.poses[:, 0] == k, 0]
        mean = np.mean([y[c : c + length] for c in corners], axis=0)
        np.testing.assert_allclose(signal, mean, atol=1e-12)
    sigma = mixed.measurement.sigma
    bound = known_bound(mixed.measurement.forward, mixed.truth, len(placement.corners), sigma).error
    assert 0.6 * bound < mixed.error(found.ravel()) < 1.5 * bound


def test_em_reaches_the_bound_of_the_patches(mixed: Any) -> None:
    y, sigma = mixed.measurement.samples, mixed.measurement.sigma
    density = len(mixed.placement.corners) * mixed.space.length / len(y)
    rng = np.random.default_rng(0)
    bound = patch_bound(mixed.measurement.forward, mixed.truth, y, density, sigma, True, rng).error
    assert 0.5 * bound < mixed.error(last(em, mixed)) < 2 * bound


def test_em_moves_a_signal_that_is_shifted_by_itself(mixed: Any) -> None:
    """From the truth with one signal shifted, a shift candidate leads back to it."""
    x = mixed.truth.reshape(-1, mixed.space.length).copy()
    x[0, :-1], x[0, -1] = x[0, 1:], 0
    errors = [mixed.error(moved) for moved in mixed.space.shift_candidates(x.ravel())]
    lost = abs(mixed.truth[0]) / np.linalg.norm(mixed.truth)  # the sample that left the window
    assert min(errors) == pytest.approx(lost, rel=1e-9)
