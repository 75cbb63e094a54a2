"""Which frequencies a characteristic function is matched at, in units of 1 / sigma."""

import numpy as np

from mtdbench.model.forward import ForwardModel
from mtdbench.model.shifts import origins, overlaps


def scattered(
    rng: np.random.Generator, count: int, pixels: int, shortest: float, longest: float
) -> np.ndarray:
    """Random directions, lengths uniform on [shortest, longest]; shape (count, pixels)."""
    directions = rng.standard_normal((count, pixels))
    lengths = rng.uniform(shortest, longest, count)
    return np.asarray(directions * (lengths / np.linalg.norm(directions, axis=1))[:, None])


def aligned(
    rng: np.random.Generator,
    count: int,
    forward: ForwardModel,
    x: np.ndarray,
    longest: float,
    scatter: float,
) -> np.ndarray:
    """Directions about what windows see of an object x, lengths uniform on [longest/10, longest];
    shape (count, L^d).

    A view v tells itself from noise by v . w alone. Poses are random and shifts as likely as what
    they show of the object is strong; a random direction of length `scatter` is added to v / |v|.
    """
    window, poses = forward.support, forward.pose_law.random(forward.space, rng, count)
    seen = forward.project(x, poses)
    energy = np.cumsum(seen**2 @ overlaps(window).visible.T, axis=1)
    shift = np.sum(energy < rng.uniform(0, energy[:, -1])[:, None], axis=1)
    padded = np.pad(seen, ((0, 0), (0, 1)))
    v = np.take_along_axis(padded, origins(window)[shift], axis=1)
    v = v / np.maximum(np.linalg.norm(v, axis=1), np.finfo(float).tiny)[:, None]
    v = v + scattered(rng, count, v.shape[1], scatter, scatter)
    lengths = rng.uniform(longest / 10, longest, count)
    return np.asarray(v * (lengths / np.linalg.norm(v, axis=1))[:, None])
