"""Scores of patches against finite differences of the papers' formula, patch by patch."""

from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.pose_law import WeightedPoses
from mtdbench.spaces import Space, make_space


def trivial(space: Space) -> ForwardModel:
    return ForwardModel(space)


def optics(space: Space) -> ForwardModel:
    """A filter that shows copies beyond their windows, and poses that are not alike."""
    kernel = np.random.default_rng(0).uniform(size=(3,) * space.window.ndim)
    law = WeightedPoses(lambda poses: 1 / (1 + np.arange(len(poses))))
    return ForwardModel(space, filters=(Convolution(kernel),), pose_law=law)


@pytest.mark.parametrize(
    ("name", "length", "model"),
    [
        *(("line", 4, trivial), ("disc", 4, trivial), ("ball", 5, trivial)),
        *(("line", 4, optics), ("disc", 3, optics)),
    ],
)
def test_scores_are_the_slopes_of_the_log_likelihood(
    name: str, length: int, model, brute_force: SimpleNamespace
) -> None:
    rng = np.random.default_rng(2)
    space = make_space(name, length, "degree:1" if name == "ball" else "auto")
    forward = model(space)
    window, poses, x = forward.support, space.poses(3), space.random(rng)
    scale = float(np.sqrt(np.mean(forward.project(x, poses) ** 2)))
    patches = 1.5 * scale * rng.standard_normal((2, window.size))
    theta = np.concatenate([x, [0.4, scale]])

    def log_likelihood(patch: np.ndarray, theta: np.ndarray) -> float:
        shifts = len(window.shifts)
        prior = np.append(np.full(shifts, theta[-2] / shifts), 1 - theta[-2])
        templates = window.reshape(forward.project(theta[:-2], poses))
        weights = forward.pose_weights(poses)
        arguments = window.reshape(patch), templates, prior, theta[-1], weights
        return brute_force.posterior(*arguments).log_evidence

    scores = PatchModel(forward, x, poses, 0.4, scale).scores(patches)
    assert scores.shape == (2, space.size + 2)
    for patch, score in zip(patches, scores, strict=True):
        for i in {0, space.size - 1, space.size, space.size + 1}:
            step = np.zeros(len(theta))
            step[i] = 1e-4 * max(abs(theta[i]), scale)
            slope = log_likelihood(patch, theta + step) - log_likelihood(patch, theta - step)
            assert score[i] == pytest.approx(slope / (2 * step[i]), rel=1e-5, abs=1e-6)
