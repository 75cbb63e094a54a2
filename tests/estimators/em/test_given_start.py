"""Starts that the user gives EM: what they bring, and which are declined."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.full_batch import PUBLISHED_RULE, FullBatch, StoppingRule
from mtdbench.estimators.em.given_start import FromEstimator
from mtdbench.estimators.em.phase import run_phases
from mtdbench.estimators.em.prior import uniform_prior
from mtdbench.estimators.em.problem import make_problem

CONVERGED = StoppingRule(1000, 5, 1e-3)


def density(data: Any) -> float:
    return len(data.placement.corners) * data.space.window.size / data.measurement.samples.size


def run(
    measurement: Measurement, *given: Estimate, rule: StoppingRule = CONVERGED, memory: int = 8
) -> Iterator[Estimate]:
    """EM from an estimator that yields these."""

    def plugin(measurement: Measurement, rng: np.random.Generator) -> Iterator[Estimate]:
        yield from given

    problem = make_problem(measurement, 8, "uniform", 1, "double", memory)
    phases = [FromEstimator("plugin", plugin), FullBatch(rule)]
    yield from run_phases(problem, phases, np.random.default_rng(1))


def first_step(measurement: Measurement, *given: Estimate) -> Estimate:
    """The first estimate that EM itself gives."""
    return next(e for e in run(measurement, *given) if e.objective is not None)


def test_a_start_brings_its_prior(signal: Any) -> None:
    x, count = signal.truth, len(signal.space.window.shifts) + 1
    zero, y = Estimate(np.zeros_like(x)), signal.measurement
    own = first_step(y, zero, Estimate(x, prior=uniform_prior(0.6, count)))
    same = first_step(y, Estimate(x, density=0.4 / (11 / 6)))  # the density of that share
    assert own.objective == pytest.approx(same.objective, rel=1e-12)
    assert first_step(y, Estimate(x, density=0.02)).objective < own.objective
    other_shape = first_step(y, Estimate(x, prior=np.full(3, 1 / 3)))  # of no use
    assert other_shape.objective == first_step(y, Estimate(x)).objective


def test_a_start_brings_its_sigma(signal: Any) -> None:
    good = Estimate(signal.truth, density=density(signal), sigma=signal.measurement.sigma)
    known = first_step(signal.without_sigma, good)
    assert known.objective > first_step(signal.without_sigma, replace(good, sigma=None)).objective
    wrong = replace(good, sigma=9.0)  # what the measurement says comes first
    assert first_step(signal.measurement, wrong).objective == pytest.approx(known.objective)


def test_a_start_that_gives_nothing_is_an_error(signal: Any) -> None:
    with pytest.raises(ValueError, match="'plugin' gave no estimate"):
        list(run(signal.measurement))


def test_the_published_rule_can_be_met(signal: Any) -> None:
    good = Estimate(signal.truth, density=density(signal))
    estimates = run(signal.measurement, good, rule=PUBLISHED_RULE, memory=0)
    *estimates, end = (e for e in estimates if e.objective is not None)
    gains = np.diff([e.objective for e in estimates]) * (signal.measurement.samples.size // 6)
    assert 2 <= end.iterations < 10
    assert end.converged is True
    assert np.all(gains[:-1] >= 0.5)
    assert gains[-1] < 0.5


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
    estimates = list(em(signal.measurement, np.random.default_rng(0), init=str(path)))
    assert signal.error(estimates[0].x) < 0.3
    assert f"started from {path}" in estimates[-1].note


def test_a_start_that_does_not_fit_is_named(signal: Any, tmp_path: Path) -> None:
    path = tmp_path / "start.npy"
    np.save(path, signal.truth[:-1])
    for init, said in (
        (path, "expected 6 finite coefficients"),
        (tmp_path / "none.npy", "no file"),
    ):
        with pytest.raises(InputError, match=said):
            list(em(signal.measurement, np.random.default_rng(1), init=str(init)))
