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
    patches, samples, energy : float
        Number of patches and of their samples that were measured, sum_p ||patch_p||^2.
    empty : float
        Posterior weight of the empty overlap.
    images : array, shape (K, L^d)
        Patches, weighted and aligned, as each pose sees them.
    visibility : array, shape (K, L^d)
        By weight, how often each sample of a template was seen under each pose.
    weights : array, shape (S, K)
        Posterior weight of each shift, or other overlap that is not empty, and pose.
    """

    log_evidence: float
    patches: float
    samples: float
    energy: float
    empty: float
    images: np.ndarray
    visibility: np.ndarray
    weights: np.ndarray


class PatchPass(Protocol):
    """One pass over all patches; `FusedPass` and `PassByShift` are two ways to the same sums.

    Attributes
    ----------
    masked : bool
        Whether it reads patches with samples that were not measured, which are NaN.
    """

    @property
    def masked(self) -> bool:
        """See above."""

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


def channels(chunk: np.ndarray, masked: bool) -> np.ndarray:
    """The channels of patches (m, L^d), side by side: the samples y, shape (m, L^d); where patches
    are masked m y and m, shape (m, 2 L^d), see `mtdbench.likelihood.logit_factors`.
    """
    if not masked:
        return chunk
    measured = ~np.isnan(chunk)
    return np.hstack([np.where(measured, chunk, 0), measured.astype(chunk.dtype)])
