"""Fractions of a sample by which copies lie beside the samples of a measurement."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError


@dataclass(frozen=True, slots=True)
class Fractions:
    """The law of the fractions f of copies at l + f: independent along each axis, uniform on
    [-w/2, w/2).

    Attributes
    ----------
    width : float
        w, in samples, between 0 and 1: 0 for copies at samples, 1 for copies anywhere.
    nodes : int
        q: a sum over fractions has q along each axis.

    Raises
    ------
    InputError
        If either is out of its range.
    """

    width: float = 1.0
    nodes: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.width <= 1:
            raise InputError(f"fractions {self.width}: expected a width from 0 to 1")
        if self.nodes < 1:
            raise InputError(f"subsamples {self.nodes}: expected at least 1")

    def grid(self, ndim: int) -> np.ndarray:
        """The middles of q cells along each axis, shape (q^d, d): symmetric about 0, so that what
        is estimated with them lies where it would with all fractions.
        """
        index = np.indices((self.nodes,) * ndim).reshape(ndim, -1).T
        return self.width * ((index + 0.5) / self.nodes - 0.5)

    def random(self, rng: np.random.Generator, count: int, ndim: int) -> np.ndarray:
        """Random fractions, shape (count, d)."""
        return self.width * (rng.random((count, ndim)) - 0.5)
