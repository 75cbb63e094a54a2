"""The matrix of the M-step as a product, where it is too large to be formed."""

from collections.abc import Callable

import numpy as np

from mtdbench.model.basis_projector import BasisProjector
from mtdbench.model.forward import ForwardModel


def normal_product(
    forward: ForwardModel, poses: np.ndarray, weights: list[tuple[int, np.ndarray]]
) -> Callable[[np.ndarray], np.ndarray]:
    """A x = sum_k sum_g P_g^T A_k^T diag(M_kg) A_k P_g x as a function of x, (n,) to (n,).

    With A_k P_g = (A_k B) D_g each x is rotated once for all optics groups k.

    Parameters
    ----------
    forward : ForwardModel
    poses : array, shape (K, p)
    weights : list of (k, M_k)
        M_k is (K, support.size).
    """
    between = forward.fractions is not None
    projectors = [BasisProjector(forward.space, forward.filters[k], between) for k, _ in weights]
    alone, fractions = projectors[0].split(poses)
    posing = forward.space.posing(alone)

    def product(x: np.ndarray) -> np.ndarray:
        posed = posing.apply(x)
        total = np.zeros_like(posed)
        for projector, (_, m) in zip(projectors, weights, strict=True):
            for rows, basis in projector.bases(fractions):
                parts = posed[rows].reshape(len(basis), -1, posed.shape[1])
                images = parts @ basis.swapaxes(1, 2)
                images *= m[rows].reshape(images.shape)
                total[rows] += (images @ basis).reshape(-1, posed.shape[1])
        return posing.adjoint(total)

    return product
