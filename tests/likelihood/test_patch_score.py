"""Scores of patches against finite differences of the papers' formula, patch by patch."""

import numpy as np
import pytest

from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.forward import ForwardModel
from mtdbench.spaces import make_space


@pytest.mark.parametrize(("name", "window"), [("line", 4), ("disc", 4), ("ball", 5)])
def test_scores_are_the_slopes_of_the_log_likelihood(name, window, brute_force) -> None:
    rng = np.random.default_rng(2)
    space = make_space(name, window, "degree:1" if name == "ball" else "auto")
    poses, x = space.poses(3), space.random(rng)
    scale = float(np.sqrt(np.mean(space.project(x, poses) ** 2)))
    patches = 1.5 * scale * rng.standard_normal((2, space.window.size))
    theta = np.concatenate([x, [0.4, scale]])

    def log_likelihood(patch: np.ndarray, theta: np.ndarray) -> float:
        shifts = len(space.window.shifts)
        prior = np.append(np.full(shifts, theta[-2] / shifts), 1 - theta[-2])
        templates = space.window.reshape(space.project(theta[:-2], poses))
        box = space.window.reshape(patch)
        return brute_force.posterior(box, templates, prior, theta[-1]).log_evidence

    scores = PatchModel(ForwardModel(space), x, poses, 0.4, scale).scores(patches)
    assert scores.shape == (2, space.size + 2)
    for patch, score in zip(patches, scores, strict=True):
        for i in {0, space.size - 1, space.size, space.size + 1}:
            step = np.zeros(len(theta))
            step[i] = 1e-4 * max(abs(theta[i]), scale)
            slope = log_likelihood(patch, theta + step) - log_likelihood(patch, theta - step)
            assert score[i] == pytest.approx(slope / (2 * step[i]), rel=1e-5, abs=1e-6)
