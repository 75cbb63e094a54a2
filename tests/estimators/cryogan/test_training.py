"""The rules of training: precision and rates."""

from typing import Any

import numpy as np
import pytest

from mtdbench.backend import jax
from mtdbench.estimators.cryogan.critic import make_critic
from mtdbench.estimators.cryogan.losses import Loss
from mtdbench.estimators.cryogan.settings import DEFAULT_SETTINGS, PUBLISHED_SETTINGS
from mtdbench.estimators.cryogan.training import ObjectParams, Training


def test_everything_is_in_single_precision(signal: Any) -> None:
    training = Training(Loss("logistic", 0.1), DEFAULT_SETTINGS, noise_free=False)
    start = ObjectParams(np.zeros(signal.space.size, np.float32), np.float32(0), np.float32(0))
    state = training.start(start, make_critic(jax.random.key(0), (6,), 2, 8, 0.8))
    kinds = {str(np.asarray(a).dtype) for a in jax.tree.leaves(state)}
    assert kinds == {"float32", "int32"}  # Adam counts its steps


def test_rates_fall() -> None:
    """By a half cosine to a share of the first, or by 8 % with every pass over the data."""
    rates = DEFAULT_SETTINGS.rates(101, 1, 1)
    assert rates[0] == pytest.approx([DEFAULT_SETTINGS.object_rate, DEFAULT_SETTINGS.critic_rate])
    middle = (1 + (DEFAULT_SETTINGS.critic_end or 0)) / 2
    assert np.interp(50.5, range(101), rates[:, 1]) == pytest.approx(middle * rates[0, 1], rel=1e-3)
    passes = PUBLISHED_SETTINGS.rates(11, 5, 100)  # two passes in ten steps of 4 x 5 windows
    assert passes[10] == pytest.approx(0.92**2 * passes[0])
