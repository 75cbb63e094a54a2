"""A pass over patches, and what it leaves behind, whichever way it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mtdbench.model.shifts import Overlaps


@dataclass(frozen=True, slots=True, eq=False)
class PassSums:
    """Sums over patches.

    Attributes
    ----------
    log_evidence : float
        sum_p log of the sum of the exponentials of all logits.
    patches, energy : float
        Number of patches, sum_p ||patch_p||^2.
    empty : float
        Posterior weight of the empty overlap.
    images : array, shape (K, L^d)
        Patches, weighted and aligned, as each pose sees them.
    weights : array, shape (S, K)
        Posterior weight of each shift, or other overlap that is not empty, and pose.
    """

    log_evidence: float
    patches: float
    energy: float
    empty: float
    images: np.ndarray
    weights: np.ndarray


class PatchPass(Protocol):
    """One pass over all patches; `FusedPass` and `PassByShift` are two ways to the same sums."""

    def chunk_size(self, pixels: int) -> int:
        """How many patches of so many samples are handed over at once."""

    def block_size(self, pixels: int, logits: int, poses: int) -> int:
        """How many patches are summed at the precision of the products, with so many logits to a
        patch; sums over blocks are in float64, so that it matters little which process makes them.
        """

    def prepared(self, chunk: np.ndarray) -> Any:
        """A chunk of patches, shape (m, L^d), in the form that the pass reads it in."""

    def __call__(
        self,
        chunks: Iterable[Any],
        templates: np.ndarray,
        log_prior: np.ndarray,
        log_weights: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
    ) -> PassSums:
        """The sums over the patches of some chunks.

        Parameters
        ----------
        chunks : iterable of what `prepared` gives
            The patches' type is that of the products; sums over blocks are in float64.
        templates : array, shape (K, L^d)
        log_prior : array, shape (S + 1,)
            log rho, the empty overlap last.
        log_weights : array, shape (K,)
            log of the weights of the poses, which sum to 1.
        sigma : float
        overlaps : Overlaps
            How a patch and a copy overlap.

        Raises
        ------
        ValueError
            If there are no patches.
        """


def chunk_size(pixels: int, samples: int) -> int:
    """Patches of so many pixels that hold about `samples` samples, a power of two, at least 256."""
    return int(2 ** max(8, int(np.log2(samples / pixels))))
