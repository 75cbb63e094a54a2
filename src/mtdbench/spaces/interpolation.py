"""Arrays moved by fractions of a sample, between which they are linear."""

import numpy as np

from mtdbench.spaces.window import Window


def linear_moves(window: Window, fractions: np.ndarray) -> np.ndarray:
    """The matrices that move a window by fractions of a sample.

    The function through the samples x_j is linear between them along each axis, and 0 from one
    sample beyond the first and the last one. Moved by f it has, at a place r,

        x(r - f) = sum_j h(r_1 - f_1 - j_1) ... h(r_d - f_d - j_d) x_j,   h(t) = max(0, 1 - |t|).

    Parameters
    ----------
    window : Window
    fractions : array, shape (Q, d)
        Between -1 and 1.

    Returns
    -------
    array, shape (Q, window.grown(1).size, window.size)
    """
    count = len(fractions)
    moves = np.ones((count, 1, 1))
    for side, f in zip(window.shape, fractions.T, strict=True):
        distance = np.arange(-1.0, side + 1)[:, None] - np.arange(side) - f[:, None, None]
        hat = np.maximum(0, 1 - np.abs(distance))
        moves = np.einsum("qab,qcd->qacbd", moves, hat)
        moves = moves.reshape(count, moves.shape[1] * moves.shape[2], -1)
    return moves
