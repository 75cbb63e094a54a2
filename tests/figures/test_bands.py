"""Laws of the centre and the confidence band."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.figures.layout.bands import (
    BANDED,
    GEOMETRIC,
    MEDIAN,
    bootstrap,
    fitted_slope,
    geometric_interval,
    geometric_mean,
    median_interval,
    root_mean_square,
)

VALUES = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=20)


@given(VALUES, st.floats(1e-2, 1e2))
def test_a_change_of_unit_changes_only_the_unit(values, factor):
    scaled = [factor * value for value in values]
    assert geometric_mean(scaled) == pytest.approx(factor * geometric_mean(values))
    assert geometric_interval(scaled) == pytest.approx(
        tuple(factor * np.array(geometric_interval(values)))
    )


@given(VALUES)
def test_the_centre_lies_in_its_interval_and_among_the_values(values):
    low, high = geometric_interval(values)
    assert low <= geometric_mean(values) * (1 + 1e-9)
    assert geometric_mean(values) <= high * (1 + 1e-9)
    assert min(values) * (1 - 1e-9) <= geometric_mean(values) <= max(values) * (1 + 1e-9)


def test_what_is_not_there_is_left_out():
    assert geometric_mean([2.0, np.nan, 8.0, np.inf, 0.0]) == pytest.approx(4.0)
    assert np.isnan(geometric_mean([np.nan]))
    assert np.isnan(geometric_interval([3.0])).all()


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    trials = np.exp(rng.normal(0.7, 0.4, size=(2000, 3)))
    covered = [low <= np.exp(0.7) <= high for low, high in map(geometric_interval, trials)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("trials", [BANDED, 9, 20])
def test_the_interval_of_the_median_covers_it_at_least_as_often_as_it_says(trials):
    values = np.random.default_rng(3).normal(size=(4000, trials)) ** 3
    found = np.array([median_interval(row) for row in values])
    covered = np.mean((found[:, 0] <= 0) & (found[:, 1] >= 0))
    assert 0.94 < covered < 0.995
    assert (found[:, 0] <= np.median(values, axis=1)).all()
    assert (found[:, 1] >= np.median(values, axis=1)).all()


def test_of_few_values_the_interval_of_the_median_is_their_range():
    assert median_interval([3.0, 1.0, 2.0]) == (1.0, 3.0)
    assert np.isnan(median_interval([1.0])).all()


def test_a_fitted_slope_covers_the_true_one_as_often_as_it_says() -> None:
    rng, x = np.random.default_rng(0), np.repeat([1.0, 10.0, 100.0], 5)
    inside = 0
    for _ in range(400):
        y = 3 * x**-0.5 * np.exp(0.3 * rng.standard_normal(len(x)))
        found = fitted_slope(x, y)
        inside += abs(found.slope + 0.5) < found.half
    assert 0.92 < inside / 400 < 0.98


def test_a_slope_needs_three_runs_and_two_places() -> None:
    assert np.isnan(fitted_slope([1, 2], [1, 2]).slope)
    assert np.isnan(fitted_slope([2, 2, 2], [1, 2, 3]).slope)
    found = fitted_slope([1, 2, 4, 8, 3], [1, 4, 16, np.nan, -1])
    assert found.slope == pytest.approx(2)
    assert found.runs == 3


def test_a_lost_run_moves_a_median_little() -> None:
    values = [1.0, 1.1, 0.9, 1.05, 0.95, 1.02, 0.98]
    with_lost = [*values, 100.0]
    assert MEDIAN.centre(with_lost) < 1.05 < 1.5 < GEOMETRIC.centre(with_lost)
    low, high = MEDIAN.interval(values)
    assert low <= MEDIAN.centre(values) <= high


def test_the_bootstrap_covers_the_root_mean_square_nearly_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        low, high = bootstrap(np.sqrt(rng.chisquare(10, 20) / 10))
        inside += low < 1 < high
    assert 0.87 < inside / 200 <= 0.99
    assert root_mean_square([3.0, 4.0, np.nan]) == pytest.approx(np.sqrt(12.5))
    assert np.isnan(bootstrap([1.0])).all()
