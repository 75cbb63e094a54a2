"""What a pass over patches leaves behind, whichever way it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over patches.

    Attributes
    ----------
    log_evidence : float
        sum_p log of the sum of the exponentials of all logits.
    patches, energy : float
        Number of patches, sum_p ||patch_p||^2.
    empty : float
        Posterior weight of the empty view.
    images : array, shape (K, L^d)
        Patches, weighted and aligned, as each pose sees them.
    weights : array, shape (S, K)
        Posterior weight of each shift, or other view that is not empty, and pose.
    """

    log_evidence: float
    patches: float
    energy: float
    empty: float
    images: np.ndarray
    weights: np.ndarray


class Sweep(Protocol):
    """One pass over all patches; `fused` and `shiftwise` are two ways to the same sums."""

    def __call__(
        self,
        source: Iterable[tuple[Any, int]],
        templates: np.ndarray,
        log_prior: np.ndarray,
        sigma: float,
        ndim: int,
    ) -> Sums:
        """The sums over the patches of a source.

        Parameters
        ----------
        source : iterable of (array of shape (chunk, L^d), how many of its rows are patches)
            The arrays' type is that of the products; sums over blocks are in float64.
        templates : array, shape (K, L^d)
        log_prior : array, shape (S + 1,)
            log rho, the empty view last.
        sigma : float
        ndim : int
            d.

        Raises
        ------
        ValueError
            If there are no patches.
        """
