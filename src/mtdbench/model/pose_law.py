"""Laws of the poses: how probable each pose of a copy is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mtdbench.spaces import Space


class PoseLaw(Protocol):
    """A probability law of the poses of copies."""

    @property
    def is_uniform(self) -> bool:
        """Whether all poses are equally likely."""

    def weights(self, poses: np.ndarray) -> np.ndarray | None:
        """Probabilities of the poses of a grid, (K, p) to (K,); None where they are equally
        likely.
        """

    def random(self, space: Space, rng: np.random.Generator, count: int) -> np.ndarray:
        """Random poses, shape (count, p)."""


@dataclass(frozen=True, slots=True)
class UniformPoses:
    """All poses are equally likely."""

    @property
    def is_uniform(self) -> bool:
        """True."""
        return True

    def weights(self, poses: np.ndarray) -> None:
        """None: they are equally likely."""

    def random(self, space: Space, rng: np.random.Generator, count: int) -> np.ndarray:
        """Uniform poses of the space, shape (count, p)."""
        return space.random_poses(rng, count)


@dataclass(frozen=True, slots=True)
class WeightedPoses:
    """Poses with a density.

    Attributes
    ----------
    density : function
        Poses (K, p) to values in [0, 1], shape (K,): proportional to their probability.
    """

    density: Callable[[np.ndarray], np.ndarray]

    @property
    def is_uniform(self) -> bool:
        """False."""
        return False

    def weights(self, poses: np.ndarray) -> np.ndarray:
        """The density on a grid, scaled to sum one, shape (K,)."""
        values = self.density(poses)
        return np.asarray(values / values.sum())

    def random(self, space: Space, rng: np.random.Generator, count: int) -> np.ndarray:
        """Poses by rejection of uniform ones, shape (count, p)."""
        kept = space.random_poses(rng, 0)
        while len(kept) < count:
            proposed = space.random_poses(rng, count)
            accepted = rng.uniform(size=count) < self.density(proposed)
            kept = np.concatenate([kept, proposed[accepted]])
        return kept[:count]
