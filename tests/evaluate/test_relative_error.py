"""What an error is."""

import numpy as np
import pytest

from mtdbench.evaluate.relative_error import errors
from mtdbench.spaces import Space, make_space

FLAT = {"fsc_resolution": pytest.approx(np.nan, nan_ok=True)}  # for volumes only


@pytest.fixture(params=[("line", 7), ("disc", 5), ("disc", 8)], ids=str)
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def test_the_truth_has_no_error(space: Space, rng: np.random.Generator) -> None:
    x = space.random(rng)
    assert errors(space, x, x) == {
        "error": pytest.approx(0, abs=1e-12),
        "error_coefficients": pytest.approx(0, abs=1e-12),
        **FLAT,
    }


def test_zero_has_error_1(space: Space, rng: np.random.Generator) -> None:
    found = errors(space, np.zeros(space.size), space.random(rng))
    assert found == {"error": 1.0, "error_coefficients": 1.0, **FLAT}


def test_a_scaled_truth_has_the_error_of_its_scale(space: Space, rng: np.random.Generator) -> None:
    x = space.random(rng)
    found = errors(space, 1.25 * x, x)
    expected = {"error": pytest.approx(0.25), "error_coefficients": pytest.approx(0.25)}
    assert found == {**expected, **FLAT}


def test_errors_are_relative(space: Space, rng: np.random.Generator) -> None:
    x, truth = space.random(rng), space.random(rng)
    larger = errors(space, 1e3 * x, 1e3 * truth)
    assert larger == pytest.approx(errors(space, x, truth), rel=1e-9, nan_ok=True)


def test_one_error_is_over_samples_and_one_over_coefficients() -> None:
    space = make_space("disc", 5)
    truth = np.zeros(10)
    truth[0], wrong = 1.0, np.zeros(10)
    wrong[0], wrong[5] = 1.0, 0.5  # both radial: there is nothing to align
    samples = np.linalg.norm(space.render(wrong - truth)) / np.linalg.norm(space.render(truth))
    assert errors(space, wrong, truth) == {
        "error": pytest.approx(samples, rel=1e-12),
        "error_coefficients": pytest.approx(0.5, rel=1e-12),
        **FLAT,
    }
    assert abs(samples - 0.5) > 1e-3  # the sampled functions are not quite orthonormal


def test_a_rotation_is_no_error_but_a_reflection_is(rng: np.random.Generator) -> None:
    space = make_space("disc", 5)
    truth = space.random(rng)
    turned = space.expand(np.rot90(space.render(truth)))
    mirrored = space.expand(np.fliplr(space.render(truth)))
    assert errors(space, turned, truth)["error"] < 1e-10
    assert errors(space, mirrored, truth)["error"] > 0.05


def test_a_shifted_signal_is_wrong() -> None:
    space = make_space("line", 4)
    found = errors(space, np.array([0.0, 1, 1, 0]), np.array([1.0, 1, 0, 0]))
    assert found["error"] == pytest.approx(1.0)
