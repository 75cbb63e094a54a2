"""The bound of known places and unknown poses."""

import numpy as np
import pytest
from scipy.special import logsumexp

from mtdbench import make_space
from mtdbench.evaluate.cramer_rao import Bound, known_bound
from mtdbench.evaluate.places_bound import PlacesBound, places_bound, pose_scores
from mtdbench.model.forward import ForwardModel

SPACES = [("disc", 5), ("ball", 5)]
each_space = pytest.mark.parametrize(("name", "window"), SPACES)


@each_space
def test_scores_are_gradients(name: str, window: int) -> None:
    """Of the log-likelihood of a copy, by finite differences."""
    space, rng, sigma = make_space(name, window), np.random.default_rng(0), 0.7
    x, poses = space.random(rng), space.poses(24)
    y = rng.normal(size=(3, space.window.size))

    def logliks(at: np.ndarray) -> np.ndarray:
        residual = y[:, None] - space.project(at, poses)
        return np.asarray(logsumexp(-np.sum(residual**2, axis=2) / (2 * sigma**2), axis=1))

    scores = pose_scores(ForwardModel(space), x, y, sigma, poses)
    for k in range(space.size):
        step = 1e-5 * np.eye(space.size)[k]
        slopes = (logliks(x + step) - logliks(x - step)) / 2e-5
        np.testing.assert_allclose(scores[:, k], slopes, rtol=1e-4, atol=1e-4)


def test_unknown_angles_cost_something_and_less_with_less_noise() -> None:
    space, rng = make_space("disc", 5), np.random.default_rng(1)
    forward, x = ForwardModel(space), space.random(rng)
    ratios = []
    for sigma in (0.2, 1.0):
        poses = [32, 64, 128]
        found = places_bound(forward, x, 1000, sigma, np.random.default_rng(2), poses)
        known = known_bound(forward, x, 1000, sigma)
        assert found.poses == (32, 64, 128)
        assert np.isfinite(found.converged.error)
        ratios.append(found.converged.error / known.error)
    assert 1 < ratios[0] < ratios[1]


def test_a_bound_falls_with_the_root_of_the_copies() -> None:
    space, rng = make_space("disc", 5), np.random.default_rng(1)
    forward, x = ForwardModel(space), space.random(rng)
    few, many = (
        places_bound(forward, x, copies, 0.5, np.random.default_rng(2), [64, 128], 1024)
        for copies in (100, 400)
    )
    assert few.bounds[-1].error == pytest.approx(2 * many.bounds[-1].error)


def test_what_still_changes_is_no_bound() -> None:
    steady, moving = Bound(0.1, 0.01), Bound(0.15, 0.01)
    assert np.isnan(PlacesBound((8, 16), (moving, steady)).converged.error)
    assert np.isnan(PlacesBound((8,), (steady,)).converged.error)
    assert PlacesBound((8, 16), (Bound(0.105), steady)).converged == steady
