"""D_g of poses that stay the same while x changes, as in the iterations of a solver."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mtdbench.spaces.protocol import Moves, Posing


@dataclass(frozen=True, slots=True, eq=False)
class PosingBy:
    """See `mtdbench.spaces.protocol.Posing`: by two functions.

    Attributes
    ----------
    apply : callable
        x, shape (n,), to D_g x of all poses, shape (K, m).
    adjoint : callable
        The sum of D_g^T of each row, (K, m) to (n,).
    """

    apply: Callable[[np.ndarray], np.ndarray]
    adjoint: Callable[[np.ndarray], np.ndarray]


def posing_as_before(space: Moves, poses: np.ndarray) -> Posing:
    """That of a space that has nothing to prepare."""
    return PosingBy(partial(space.posed, poses=poses), partial(space.posed_adjoint, poses=poses))
