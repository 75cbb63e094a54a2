"""The critic of CryoGAN: a layer of waves, a characteristic function that learns where to look."""

from typing import Any

import numpy as np

from mtdbench.backend import jax

jnp = jax.numpy

Critic = dict[str, Any]  # frequencies (L^d, H), phases (H,), heights (H,)


def make_critic(key: Any, pixels: int, waves: int, frequency: float) -> Critic:
    """Waves of random directions, |omega| about `frequency` in units of 1 / sigma."""
    directions, phases, heights = jax.random.split(key, 3)
    spread = np.float32(frequency / np.sqrt(pixels))
    return {
        "frequencies": spread * jax.random.normal(directions, (pixels, waves), jnp.float32),
        "phases": jax.random.uniform(phases, (waves,), jnp.float32),
        "heights": np.float32(waves**-0.5) * jax.random.normal(heights, (waves,), jnp.float32),
    }


def score(critic: Critic, windows: Any) -> Any:
    """D(w) = sum_h a_h wave(omega_h . w / (2 pi) + phase_h) for windows (B, L^d), shape (B,)."""
    turns = windows @ critic["frequencies"] / np.float32(2 * np.pi) + critic["phases"]
    return wave(turns) @ critic["heights"]


def wave(turns: Any) -> Any:
    """A sine to within 6 %, made of parabolas, of mean square 1, and cheaper."""
    r = turns - jax.lax.stop_gradient(jnp.round(turns))
    return r * (8 - 16 * jnp.abs(r)) * np.float32(np.sqrt(15 / 8))
