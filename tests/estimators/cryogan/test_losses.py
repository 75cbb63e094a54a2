"""What critic and object are trained on: penalties, and the share of empty windows."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.backend import jax
from mtdbench.estimators.cryogan.critic import make_critic, score
from mtdbench.estimators.cryogan.losses import Loss

LOSSES = [Loss("logistic", 0.1), Loss("wasserstein", 1.0)]


def test_the_penalty_is_on_the_norm_of_the_gradient() -> None:
    critic = make_critic(jax.random.key(0), (4,), 1, 8, 0.8)
    real = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    gradients = np.stack(
        [np.asarray(jax.grad(lambda w: score(critic, w[None])[0])(w)) for w in real]
    )
    squares = np.sum(gradients**2, axis=1)
    arguments = (critic, 0.3, real, real, real, jax.random.key(1))
    for loss, expected in ((LOSSES[0], squares.mean() / 2), (LOSSES[1], None)):
        more, less = (replace(loss, penalty=p).critic_loss(*arguments) for p in (2.0, 1.0))
        if expected is not None:
            assert float(more - less) == pytest.approx(expected, rel=1e-4)
        else:  # real, occupied and half of the mixed windows are the same here
            expected = np.mean((np.sqrt(squares) - 1) ** 2)
            assert float(more - less) == pytest.approx(expected, rel=1e-3)


def test_the_share_enters_by_its_exact_mean() -> None:
    critic = make_critic(jax.random.key(0), (4,), 1, 8, 0.8)
    one, other = np.random.default_rng(0).standard_normal((2, 50, 4)).astype(np.float32)
    for loss in LOSSES:
        full, none = (loss.object_loss(critic, share, one, other) for share in (1.0, 0.0))
        half = loss.object_loss(critic, 0.25, one, other)
        assert float(half) == pytest.approx(float(0.25 * full + 0.75 * none), rel=1e-5)
