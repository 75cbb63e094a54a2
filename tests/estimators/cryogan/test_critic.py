"""The critic: its wave, and its view of wide windows."""

import numpy as np
import pytest

from mtdbench.backend import jax
from mtdbench.estimators.cryogan.critic import make_critic, score, wave


def test_the_wave_is_nearly_a_sine_and_smooth() -> None:
    turns = np.linspace(-2, 2, 4001)
    values = np.asarray(wave(turns))
    assert np.abs(values / np.sqrt(15 / 8) - np.sin(2 * np.pi * turns)).max() < 0.06
    assert np.mean(values[:-1] ** 2) == pytest.approx(1, abs=1e-3)
    slope = jax.vmap(jax.grad(wave))(turns + 1e-4)
    assert np.abs(np.diff(slope)).max() < 0.1  # no jump, at whole turns above all


def test_a_critic_of_wide_windows_pools_over_places() -> None:
    critic = make_critic(jax.random.key(0), (3, 3), 2, 5, 0.8)
    windows = np.random.default_rng(0).standard_normal((2, 6, 6)).astype(np.float32)
    flat = np.asarray(critic["frequencies"]).reshape(9, 5) / (2 * np.pi)
    h = np.zeros((2, 5))
    for row, column in np.ndindex(4, 4):
        seen = windows[:, row : row + 3, column : column + 3].reshape(2, 9)
        h += np.asarray(wave(seen @ flat + critic["phases"])) / 4
    expected = h @ critic["heights"] + wave(h @ critic["turns"]) @ critic["tops"]
    np.testing.assert_allclose(score(critic, windows.reshape(2, 36)), expected, atol=2e-4)
