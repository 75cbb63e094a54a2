"""What clean moments determine, in every space."""

from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation.measured_problem import moment_problem
from mtdbench.estimators.autocorrelation.moment_fits import fit_from_starts
from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.autocorrelation.moment_solvers import fit_quickest
from mtdbench.estimators.density_fit import DensityFit
from mtdbench.estimators.references.clean_moments import clean_moments, clean_problem
from mtdbench.evaluate.relative_error import errors


def run(measurement: Measurement, truth: np.ndarray, seed: int = 1, **options: Any) -> Estimate:
    rng = np.random.default_rng(seed)
    return list(clean_moments(measurement, rng, truth=truth, **options))[-1]


def test_signals_and_images_are_recovered(data: Any) -> None:
    """From a measurement that is far too noisy to see anything in."""
    estimate = run(data.measurement, data.truth, n_init=4, density=0.2)
    assert data.error(estimate.x) < 1e-6
    assert estimate.density == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize(("window", "degree"), [(7, 2), (6, 1)])
def test_volumes_are_recovered(simulate: Any, window: int, degree: int) -> None:
    space = make_space("ball", window, f"degree:{degree}")
    data = simulate(space, 120, 1.0, 0.08, 3)
    estimate = run(data.measurement, data.truth, n_init=6)
    assert errors(space, estimate.x, data.truth)["error"] < 1e-3
    assert estimate.density == pytest.approx(0.1, rel=1e-4)
    assert "invariants" in estimate.note


def test_a_large_volume_is_recovered_to_rounding(simulate: Any) -> None:
    """As in the paper: L = 11, degree 2."""
    space = make_space("ball", 11, "degree:2")
    data = simulate(space, 150, 1.0, 0.08, 3)
    estimate = run(data.measurement, data.truth, n_init=4)
    assert errors(space, estimate.x, data.truth)["error"] < 1e-6


def test_the_starts_know_nothing_of_the_truth(data: Any) -> None:
    """The fit of another truth starts from the same places as that of the measurement's moments."""
    measurement, window = data.measurement, data.space.window
    known: list[list[np.ndarray]] = []
    for problem in (
        clean_problem(measurement.forward, 0.1, data.truth, window),
        clean_problem(measurement.forward, 0.1, 3 * data.truth + 1, window),
        moment_problem(measurement, window, "covariance"),
    ):
        starts: list[np.ndarray] = []

        def stay(
            problem: MomentProblem, x: np.ndarray, density: float, seen: Any = starts
        ) -> DensityFit:
            seen.append(np.append(x, density))
            return DensityFit(x, np.zeros(0), density, 1.0, False)

        assert (
            len(list(fit_from_starts(problem, measurement, np.random.default_rng(1), 3, stay))) == 3
        )
        known.append(starts)
    assert np.array_equal(known[0], known[1])
    assert np.array_equal(known[0], known[2])
    assert len(np.unique(known[0], axis=0)) == 3


def test_it_is_the_fit_of_the_clean_problem_from_those_starts(data: Any) -> None:
    problem = clean_problem(data.measurement.forward, 0.2, data.truth, data.space.window)
    rng = np.random.default_rng(1)
    *_, fitted = fit_from_starts(problem, data.measurement, rng, 2, fit_quickest)
    assert np.array_equal(run(data.measurement, data.truth, n_init=2, density=0.2).x, fitted.x)


def test_the_truth_alone_leaves_no_residual(data: Any) -> None:
    theta = np.append(data.truth, np.log(0.3))
    problem = clean_problem(data.measurement.forward, 0.3, data.truth, data.space.window)
    assert np.linalg.norm(problem.residual(theta)) < 1e-12
    assert np.linalg.norm(problem.weights * problem.target) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_init": 0}, "n_init=0 of clean-moments: expected at least 1"),
        ({"density": 0.0}, "density=0.0 of clean-moments: expected 0.001 to 1"),
        ({"density": 1.5}, "density=1.5"),
        ({"width": 9}, "width=9 of clean-moments: expected 2 to 6, the window"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        run(signal.measurement, signal.truth, **options)
    assert said in str(caught.value)
