"""The critic of CryoGAN: a layer of waves, a characteristic function that learns where to look."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.backend import jax, jnp
from mtdbench.spaces import Window

Critic = dict[str, Any]  # frequencies (L, ..., L, H), phases (H,), heights (H,); and what follows
POOLED_WAVES = 64  # waves of the second layer of windows wider than L


def make_critic(
    key: Any, shape: tuple[int, ...], width: int, waves: int, frequency: float
) -> Critic:
    """Waves over L^d samples, of random directions, |omega| about `frequency`, times 1 / sigma.

    Of windows of several L they look at every place of the window, and a second layer at their
    mean over the places.

    Parameters
    ----------
    shape : (L,) * d
    width : W / L
    """
    directions, phases, heights, turns, tops = jax.random.split(key, 5)
    spread = np.float32(frequency / np.sqrt(np.prod(shape)))
    first = {
        "frequencies": spread * jax.random.normal(directions, (*shape, waves), jnp.float32),
        "phases": jax.random.uniform(phases, (waves,), jnp.float32),
        "heights": np.float32(waves**-0.5) * jax.random.normal(heights, (waves,), jnp.float32),
    }
    if width == 1:
        return first
    return first | {
        "turns": np.float32(waves**-0.5)
        * jax.random.normal(turns, (waves, POOLED_WAVES), jnp.float32),
        "tops": np.float32(POOLED_WAVES**-0.5)
        * jax.random.normal(tops, (POOLED_WAVES,), jnp.float32),
    }


def score(critic: Critic, windows: Any) -> Any:
    """D(w) for windows (B, W^d), shape (B,). With w_p the L^d samples of w at place p,

        h(w) = P^(-1/2) sum_p wave(F^T w_p / (2 pi) + phases),    P = (W - L + 1)^d,
        D(w) = heights . h(w) + tops . wave(turns^T h(w)),

    the second term for W > L alone.
    """
    *shape, count = critic["frequencies"].shape
    window = Window(tuple(shape))
    cut = cuts(window, window.multiple(windows.shape[1]))
    frequencies = critic["frequencies"].reshape(-1, count) / np.float32(2 * np.pi)
    if len(cut) == 1:
        return wave(windows @ frequencies + critic["phases"]) @ critic["heights"]
    waves = wave(windows[:, cut] @ frequencies + critic["phases"])
    h = jnp.sum(waves, axis=1) * np.float32(len(cut) ** -0.5)
    return h @ critic["heights"] + wave(h @ critic["turns"]) @ critic["tops"]


@lru_cache(maxsize=8)
def cuts(window: Window, wide: Window) -> np.ndarray:
    """The samples of each window of L^d inside a window of W^d, shape (P, L^d)."""
    pixels = wide.reshape(np.arange(wide.size))
    return sliding_window_view(pixels, window.shape).reshape(-1, window.size)


def wave(turns: Any) -> Any:
    """A sine to within 6 %, made of parabolas, of mean square 1, and cheaper."""
    r = turns - jax.lax.stop_gradient(jnp.round(turns))
    return r * (8 - 16 * jnp.abs(r)) * np.float32(np.sqrt(15 / 8))
