"""Windows of a measurement as the current object implies them, differentiable in the object.

Of a well-separated measurement a window sees a part of one copy with probability pi, every shift
and every pose being equally likely, or noise alone. What is drawn is given in units of sigma.
"""

from typing import Any

import numpy as np

from mtdbench.backend import jax
from mtdbench.kernels.views import origins
from mtdbench.spaces import Space

jnp = jax.numpy


def occupied(x: Any, operators: Any, places: np.ndarray, key: Any, count: int) -> Any:
    """Windows that see a part of a copy, C_s P_g x + noise, shape (count, L^d).

    Parameters
    ----------
    x : array, shape (n,)
    operators : array, shape (P, L^d, n)
        P_g for a pool of random poses.
    places : int array, shape (S, L^d)
        What `mtdbench.kernels.views.origins` gives.
    """
    pose, shift, noise = jax.random.split(key, 3)
    templates = jnp.pad(operators @ x, ((0, 0), (0, 1)))
    g = jax.random.randint(pose, (count,), 0, len(operators), jnp.int32)
    s = jax.random.randint(shift, (count,), 0, len(places), jnp.int32)
    seen = templates[g[:, None], jnp.asarray(places)[s]]
    return seen + jax.random.normal(noise, seen.shape, seen.dtype)


def empty(key: Any, count: int, pixels: int) -> Any:
    """Windows that see noise alone, shape (count, L^d)."""
    return jax.random.normal(key, (count, pixels), jnp.float32)


def pool(space: Space, rng: np.random.Generator, poses: int, scale: float) -> np.ndarray:
    """scale P_g for random poses, shape (poses, L^d, n), float32; one where there is but one."""
    count = poses if space.poses(1).shape[1] else 1
    return np.asarray(scale * space.operator(space.random_poses(rng, count)), np.float32)


def places(space: Space) -> np.ndarray:
    """Template pixel that each pixel of a window sees under each shift, shape (S, L^d)."""
    return origins(space.window, space.ndim_measurement).astype(np.int32)
