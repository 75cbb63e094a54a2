"""What an estimator is handed, and what not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement
from mtdbench.run.job import Job
from mtdbench.run.prepare import prepare


def curious(measurement: Measurement, rng: np.random.Generator, **options: Any) -> Any:
    """An estimator that takes whatever it is given, and gives it back."""
    return options


def told(
    measurement: Measurement, rng: np.random.Generator, *, truth: np.ndarray
) -> Iterator[Estimate]:
    """An estimator that asks for the truth."""
    yield Estimate(truth)


Prepared = tuple[Measurement, Callable[[], Any]]


@pytest.fixture
def asked(job: Callable[..., Job], data: Path) -> Callable[..., Prepared]:
    """Prepares a job with the paths of all that is known, for one of the estimators above."""

    def prepared(estimator: Callable, **changes: Any) -> Prepared:
        known = replace(job("zero"), truth=str(data / "truth.npz"))
        return prepare(replace(known, **changes), load=lambda name: estimator)

    return prepared


def test_nothing_is_told_to_who_does_not_ask(asked: Callable) -> None:
    measurement, start = asked(curious)
    assert start() == {}
    assert not hasattr(measurement, "truth")


def test_the_truth_is_told_to_who_asks(asked: Callable, data: Path) -> None:
    _, start = asked(told)
    with np.load(data / "truth.npz") as content:
        assert np.array_equal(next(start()).x, content["x"])


def test_a_truth_that_is_missing_or_does_not_fit_is_named(
    asked: Callable, data: Path, tmp_path: Path
) -> None:
    np.savez(tmp_path / "short.npz", x=np.zeros(3))
    for path, said in (
        (None, "has to be told the true coefficients: expected --option truth=FILE"),
        (str(tmp_path / "short.npz"), "of shape (3,): expected 6 finite"),
        (str(data / "placement.npz"), "cannot read coefficients from"),
        (str(data / "nowhere.npz"), "cannot read coefficients from"),
    ):
        with pytest.raises(InputError) as caught:
            asked(told, truth=path)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_half_is_handed_out_where_one_is_asked_for(asked: Callable) -> None:
    whole, one, two = (asked(curious, half=half)[0] for half in (0, 1, 2))
    together = np.concatenate([one.samples, two.samples])
    assert np.array_equal(together, whole.samples)
    with pytest.raises(InputError, match="expected an estimator that is told nothing"):
        asked(told, half=1)
