"""The matrix of the M-step, for spaces whose operator is made some poses at a time."""

from collections.abc import Callable

import numpy as np

ENTRIES = 2**22  # of the matrices P_g that are made together: a bound on the memory


def normal_matrix(
    operator: Callable[[np.ndarray], np.ndarray],
    weights: np.ndarray,
    poses: np.ndarray,
    size: int,
    entries: int = ENTRIES,
) -> np.ndarray:
    """sum_g P_g^T diag(weights_g) P_g, shape (n, n), with bounded memory.

    Parameters
    ----------
    operator : callable
        Poses (k, p) to the matrices P_g, shape (k, L^d, n).
    weights : array, shape (K, L^d)
    poses : array, shape (K, p)
    size : int
        n.
    entries : int
        How many entries of the matrices are made together, at most.
    """
    chunk = max(1, entries // (weights.shape[1] * size))
    total = np.zeros((size, size))
    for start in range(0, len(poses), chunk):
        matrices = operator(poses[start : start + chunk]).reshape(-1, size)
        total += (matrices * weights[start : start + chunk].reshape(-1, 1)).T @ matrices
    return total
