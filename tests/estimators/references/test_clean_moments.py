"""What clean moments determine, in every space."""

from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.references.clean_moments import clean_moments, fitter
from mtdbench.evaluate.relative_error import errors


def run(measurement: Measurement, truth: np.ndarray, seed: int = 1, **options: Any) -> Estimate:
    rng = np.random.default_rng(seed)
    return list(clean_moments(measurement, rng, truth=truth, **options))[-1]


def test_signals_and_images_are_recovered(data: Any) -> None:
    """From a measurement that is far too noisy to see anything in."""
    estimate = run(data.measurement, data.truth, starts=4, density=0.2)
    assert data.error(estimate.x) < 1e-6
    assert estimate.density == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize(("window", "degree"), [(7, 2), (6, 1)])
def test_volumes_are_recovered(simulate: Any, window: int, degree: int) -> None:
    space = make_space("ball", window, f"degree:{degree}")
    data = simulate(space, 120, 1.0, 0.08, 3)
    estimate = run(data.measurement, data.truth, starts=6)
    assert errors(space, estimate.x, data.truth)["error"] < 1e-3
    assert estimate.density == pytest.approx(0.1, rel=1e-4)
    assert "invariants" in estimate.note


def test_a_large_volume_is_recovered_to_rounding(simulate: Any) -> None:
    """As in the paper: L = 11, degree 2."""
    space = make_space("ball", 11, "degree:2")
    data = simulate(space, 150, 1.0, 0.08, 3)
    estimate = run(data.measurement, data.truth, starts=4)
    assert errors(space, estimate.x, data.truth)["error"] < 1e-6


def test_the_starts_know_nothing_of_the_truth(data: Any) -> None:
    """The fit of another truth starts from the same place as that of the measurement's moments."""
    known: list[np.ndarray] = []

    class SpyError(Exception):
        pass

    def spy(self: Any, solver: str, x: np.ndarray, density: float) -> None:
        known.append(np.append(x, density))
        raise SpyError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mtdbench.estimators.autocorrelation.moment_problem.Fitter.solve", spy)
        for truth in (data.truth, 3 * data.truth + 1):
            with pytest.raises(SpyError):
                run(data.measurement, truth)
        with pytest.raises(SpyError):
            list(autocorrelation(data.measurement, np.random.default_rng(1)))
    assert np.array_equal(known[0], known[1])
    assert np.array_equal(known[0], known[2])


def test_the_truth_alone_leaves_no_residual(data: Any) -> None:
    space, theta = data.space, np.append(data.truth, np.log(0.3))
    problem = fitter(space, 0.3, data.truth, space.window)
    assert np.linalg.norm(problem.residual(theta)) < 1e-12
    assert np.linalg.norm(problem.weights * problem.target) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"starts": 0}, "starts=0 of clean-moments: expected at least 1"),
        ({"density": 0.0}, "density=0.0 of clean-moments: expected 0.001 to 1"),
        ({"density": 1.5}, "density=1.5"),
        ({"width": 9}, "width=9 of clean-moments: expected 2 to 6, the window"),
    ],
)
def test_bad_options_are_named(signal: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        run(signal.measurement, signal.truth, **options)
    assert said in str(caught.value)
