"""An estimator run to its end."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mtdbench import Dataset, Estimate, InputError, Measurement, error, estimate, simulate


@pytest.fixture(scope="module")
def data() -> Dataset:
    return simulate("line", 6, size=4000, snr=5, density=0.2, seed=1)


def counting(
    measurement: Measurement, rng: np.random.Generator, *, steps: int = 3
) -> Iterator[Estimate]:
    """An estimator of one's own."""
    for step in range(steps):
        yield Estimate(np.full(measurement.space.size, step + rng.random()), iterations=step + 1)


def test_a_registered_estimator_finds_the_signal(data: Dataset) -> None:
    found = estimate(data.measurement, "em", n_init=3, seed=2)
    assert found.converged
    assert error(data.space, found.x, data.truth) < 0.05


def test_the_seed_decides(data: Dataset) -> None:
    one, again, other = (estimate(data.measurement, counting, seed=s).x for s in (4, 4, 5))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_the_last_of_all_estimates_is_returned(data: Dataset) -> None:
    history: list[Estimate] = []
    found = estimate(data.measurement, counting, steps=4, callback=history.append)
    assert [each.iterations for each in history] == [1, 2, 3, 4]
    assert found is history[-1]


def test_options_are_checked_as_everywhere(data: Dataset) -> None:
    with pytest.raises(InputError, match="option of counting 'step': did you mean 'steps'"):
        estimate(data.measurement, counting, step=4)
    with pytest.raises(InputError, match="options of em"):
        estimate(data.measurement, "em", n_init="many")
    with pytest.raises(InputError, match="unknown estimator 'en'"):
        estimate(data.measurement, "en")
    with pytest.raises(InputError, match="budget 0: expected a positive number of seconds"):
        estimate(data.measurement, counting, budget=0)


def test_a_reference_is_told_what_it_asks_for(data: Dataset) -> None:
    x = estimate(data.measurement, "oracle", placement=data.placement).x
    assert error(data.space, x, data.truth) < 0.05
    with pytest.raises(InputError, match="'oracle' has to be told the placement"):
        estimate(data.measurement, "oracle")
    with pytest.raises(InputError, match="option of em 'placement'"):
        estimate(data.measurement, "em", placement=data.placement)


def test_a_budget_ends_the_run(data: Dataset) -> None:
    found = estimate(data.measurement, counting, steps=10**9, budget=0.05)
    assert found.iterations is not None
    assert 1 <= found.iterations < 10**9


def test_what_an_estimator_raises_is_passed_on(data: Dataset) -> None:
    def broken(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
        yield Estimate(np.zeros(6))
        raise ZeroDivisionError("half-way")

    with pytest.raises(ZeroDivisionError, match="half-way"):
        estimate(data.measurement, broken)


@pytest.mark.parametrize(
    ("x", "kind", "words"),
    [
        ([np.full(6, np.nan)], FloatingPointError, "NaN"),
        ([np.zeros(5)], ValueError, r"expected shape \(6,\)"),
        ([], RuntimeError, "no estimate"),
    ],
)
def test_no_estimate_is_returned_that_is_none(
    data: Dataset, x: list[Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        estimate(data.measurement, lambda measurement, rng: map(Estimate, x))


def test_a_bar_is_drawn_only_where_it_is_asked_for(
    data: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    estimate(data.measurement, counting)
    assert capsys.readouterr().err == ""
    estimate(data.measurement, counting, progress=True)
    assert "it" in capsys.readouterr().err
