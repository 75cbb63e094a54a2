"""What a pass over patches leaves behind, whichever way it went."""

from dataclasses import dataclass

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
        Posterior weight of each shift and pose.
    """

    log_evidence: float
    patches: float
    energy: float
    empty: float
    images: np.ndarray
    weights: np.ndarray
