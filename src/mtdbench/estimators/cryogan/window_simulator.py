"""Windows of a measurement as the current object implies them, differentiable in the object.

Of a well-separated measurement a window of L^d samples sees a part of one copy with probability
pi, every shift and every pose being equally likely, or noise alone; a wider one is a measurement on
a small scale and sees several. What is drawn is given in units of sigma.
"""

from typing import Any, NamedTuple

import numpy as np

from mtdbench.backend import jax, jnp
from mtdbench.model.forward import ForwardModel

MOST_OCCUPIED = np.float32(0.999)  # share of windows


class WindowModel(NamedTuple):
    """What windows are made of.

    Attributes
    ----------
    operators : array, shape (P, L^d, n)
        P_g for a pool of random poses.
    places : int array, shape (S, m, W^d)
        What windows see of their copies, see `mtdbench.estimators.cryogan.layouts.Layouts`.
    ratio : scalar
        Windows of W^d that see a copy to windows of L^d that do; 1 where W = L.
    """

    operators: Any
    places: Any
    ratio: Any

    def share(self, logit: Any) -> Any:
        """Share of windows of W^d that see a copy; logit is that of windows of L^d. The ratio is
        taken as constant, which is exact where it was drawn.
        """
        return jnp.minimum(self.ratio * jax.nn.sigmoid(logit), MOST_OCCUPIED)


def occupied_windows(x: Any, model: WindowModel, key: Any, count: int) -> Any:
    """Windows that see a part of a copy, sum over copies of C_s P_g x, + noise, (count, W^d).

    Parameters
    ----------
    x : array, shape (n,)
    model : WindowModel
    key : the random numbers
    count : int
    """
    pose, layout, noise = jax.random.split(key, 3)
    copies = model.places.shape[1]
    templates = jnp.pad(model.operators @ x, ((0, 0), (0, 1)))
    g = jax.random.randint(pose, (count, copies, 1), 0, len(model.operators), jnp.int32)
    s = jax.random.randint(layout, (count,), 0, len(model.places), jnp.int32)
    seen = jnp.sum(templates[g, jnp.asarray(model.places)[s]], axis=1)
    return seen + jax.random.normal(noise, seen.shape, seen.dtype)


def empty_windows(key: Any, count: int, pixels: int) -> Any:
    """Windows that see noise alone, shape (count, pixels)."""
    return jax.random.normal(key, (count, pixels), jnp.float32)


def pose_pool(
    forward: ForwardModel, rng: np.random.Generator, poses: int, scale: float
) -> np.ndarray:
    """scale P_g for random poses, shape (poses, L^d, n), float32; one where there is but one."""
    space = forward.space
    count = poses if space.poses(1).shape[1] else 1
    drawn = forward.pose_law.random(space, rng, count)
    return np.asarray(scale * forward.operator(drawn), np.float32)
