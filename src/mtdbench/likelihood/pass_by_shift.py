"""The pass for large windows: matrix products shift by shift, nothing large kept.

Under one shift a patch sees a box of the template, and all boxes together hold L^(2d) pairs of
pixels: products over the boxes alone do no work in vain, and each is large enough for BLAS. A block
of patches goes through the shifts twice:

1. evidence: logits of one shift, their exponentials, the sum over the poses. Only this sum is kept.
2. statistics: the logits again, normalised now, and their product with the patches. Patches whose
   share under a shift is below rounding are left out; at SNR 1 and above that is nearly all of them
   under the shifts that show much of a copy, which cost most.

Memory is that of one shift and block, patches x K, whatever L and K.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np
from threadpoolctl import threadpool_limits

from mtdbench.backend import threads
from mtdbench.likelihood.hard_core import occupations
from mtdbench.likelihood.logit_factors import (
    LogitFactors,
    augmented_patches,
    boxes,
    exponentials,
)
from mtdbench.likelihood.pass_sums import PassSums, channels, chunk_size
from mtdbench.model.shifts import Overlaps


@dataclass(frozen=True, slots=True)
class PassByShift:
    """The pass shift by shift, see `mtdbench.likelihood.pass_sums.PatchPass`, on as many threads as
    the process was given; of overlaps with one copy alone.

    Attributes
    ----------
    block_logits : int
        Logits of one shift and block: they stay in a core's cache.
    block_patches : tuple of two ints
        The fewest and the most patches of a block.
    chunk_samples : int
        Samples of a chunk, about.
    masked : bool
    """

    block_logits: int = 2**18
    block_patches: tuple[int, int] = (2**5, 2**10)
    chunk_samples: int = 2**21
    masked: bool = False

    def chunk_size(self, pixels: int) -> int:
        """How many patches of so many samples are handed over at once."""
        return chunk_size(pixels, self.chunk_samples)

    def block_size(self, pixels: int, logits: int, poses: int) -> int:
        """Patches whose logits under one shift fit a core's cache."""
        return int(np.clip(self.block_logits // poses, *self.block_patches))

    def prepared(self, chunk: np.ndarray) -> np.ndarray:
        """The chunk, with its channels side by side."""
        return channels(chunk, self.masked)

    def blocks(self, chunk: np.ndarray, poses: int) -> Iterator[np.ndarray]:
        """Blocks of patches, enough for all threads, whose logits under one shift and so many poses
        fit a core's cache.
        """
        share = -(-len(chunk) // threads())
        size = int(np.clip(min(self.block_logits // poses, share), *self.block_patches))
        return (chunk[i : i + size] for i in range(0, len(chunk), size))

    def __call__(
        self,
        chunks: Iterable[np.ndarray],
        templates: np.ndarray,
        log_prior: np.ndarray,
        log_weights: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
    ) -> PassSums:
        """The sums over the patches of some chunks.

        Raises
        ------
        ValueError
            If there are no patches, or overlaps of two copies.
        """
        if len(overlaps.pairs):
            raise ValueError("overlaps of two copies: expected those of one")
        arguments = templates, log_prior, log_weights, sigma, overlaps
        factors = LogitFactors.of(*arguments, self.masked)
        blocks = (block for chunk in chunks for block in self.blocks(chunk, len(templates)))
        lock, posterior = Lock(), _crowd if overlaps.crowded else _one_copy

        def work() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            scalars, images = np.zeros(5), np.zeros(factors.templates.shape)
            weights = np.zeros(factors.constants.shape)
            while True:
                with lock:
                    block = next(blocks, None)
                if block is None:
                    return scalars, images, weights
                scalars += _block(factors.astype(block.dtype), block, images, weights, posterior)

        workers = threads()
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
            parts = [future.result() for future in [pool.submit(work) for _ in range(workers)]]
        scalars, images, weights = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
        if not scalars[1]:
            raise ValueError("no patches")
        sums = [channel.reshape(templates.shape[::-1]).T for channel in images]
        visibility = sums[1] if self.masked else weights.T @ overlaps.visible
        log_evidence, number, samples, energy, empty = map(float, scalars)
        scalar_sums = log_evidence, number, samples, energy, empty
        return PassSums(*scalar_sums, sums[0], visibility, weights)


@dataclass(frozen=True, slots=True, eq=False)
class ShiftPosterior:
    """What a block of m patches shows, summed over the poses.

    Attributes
    ----------
    log_evidence : array, shape (m,)
    empty : array, shape (m,)
        Posterior probability of the empty overlap.
    seen : bool array, shape (S, m)
        Which shifts are more probable than rounding.
    norms : array, shape (S, m)
        The log of what a logit's exponential is to be divided by.
    """

    log_evidence: np.ndarray
    empty: np.ndarray
    seen: np.ndarray
    norms: np.ndarray


def _one_copy(factors: LogitFactors, patches: np.ndarray) -> ShiftPosterior:
    """That of patches with one copy at most."""
    offset, shares = evidence(factors, patches)
    void = np.exp(factors.log_empty - offset)
    total = shares.sum(axis=0) + void
    log_evidence = offset + np.log(total)
    seen = shares > total * (np.finfo(patches.dtype).eps / len(shares))
    norms = np.broadcast_to(log_evidence, shares.shape)
    return ShiftPosterior(log_evidence, void / total, seen, norms)


def _crowd(factors: LogitFactors, patches: np.ndarray) -> ShiftPosterior:
    """That of patches with copies at several shifts, as many as do not overlap."""
    log_sums = log_sums_over_poses(factors, patches)
    activities = (log_sums - factors.log_empty).astype(patches.dtype)
    log_partition, n = occupations(activities, factors.window)
    seen = n > np.finfo(patches.dtype).eps / len(n)
    norms = log_sums - np.log(np.where(seen, n, 1))
    log_evidence = log_partition + factors.log_empty
    return ShiftPosterior(log_evidence, np.exp(-log_partition), seen, norms)


def _block(
    factors: LogitFactors,
    block: np.ndarray,
    images: np.ndarray,
    weights: np.ndarray,
    law: Callable[[LogitFactors, np.ndarray], ShiftPosterior],
) -> np.ndarray:
    """Adds the images and weights of one block; its scalars, in the order of `PassSums`."""
    dtype, patches = block.dtype, boxed(factors, block)
    shown = law(factors, patches)
    aligned = np.zeros(factors.templates.shape, dtype)
    for box in boxes(factors.window):
        chosen = np.flatnonzero(shown.seen[box.index])
        if chosen.size:
            query = augmented_patches(patches[chosen], box, shown.norms[box.index, chosen])
            posterior = exponentials(query @ factors.augmented(box))
            product = query.T @ posterior
            part = aligned[(slice(None), *box.template)]
            part += product[:-2].reshape(part.shape)
            weights[box.index] += product[-2]
    images += aligned
    samples, energy = samples_and_energies(patches)
    log_evidence, empty = shown.log_evidence.sum(), shown.empty.sum()
    return np.array([log_evidence, len(block), samples.sum(), energy.sum(), empty])


def boxed(factors: LogitFactors, block: np.ndarray) -> np.ndarray:
    """The channels of a block of patches as boxes, (m, C L^d) to (m, C, L_1, ..., L_d)."""
    return factors.window.reshape(block.reshape(len(block), len(factors.templates), -1))


def samples_and_energies(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many samples of each patch were measured, and ||patch||^2; both (m,)."""
    flat = patches.reshape(*patches.shape[:2], -1)
    full = np.full(len(flat), float(flat.shape[2]))
    samples = flat[:, 1].sum(axis=1, dtype=float) if flat.shape[1] > 1 else full
    return samples, np.sum(flat[:, 0].astype(float) ** 2, axis=1)


def evidence(factors: LogitFactors, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was subtracted from the logits of each patch (m,), and after that the sum over poses
    of the exponentials under each shift, shape (S, m); of patches (m, C, L_1, ..., L_d).

    The offset starts at log rho_empty, below the evidence in any case. Where the exponentials then
    overflow it is raised to the largest logit, and what was summed before is scaled down.
    """
    offset = np.full(len(patches), factors.log_empty)
    shares = np.zeros((len(factors.constants), len(patches)))
    ones = np.ones(factors.templates.shape[-1], patches.dtype)  # sums by BLAS are quicker
    with np.errstate(over="ignore"):
        for box in boxes(factors.window):
            query, key = augmented_patches(patches, box, offset), factors.augmented(box)
            logits = query @ key
            sums = exponentials(logits) @ ones
            if not np.isfinite(sums.max()):
                over = np.flatnonzero(~(sums < np.inf))
                logits = query[over, :-1] @ key[:-1]
                top = logits.max(axis=1)
                shares[:, over] *= np.exp(offset[over] - top)
                offset[over] = top
                sums[over] = np.exp(logits - top[:, None]).sum(axis=1)
            shares[box.index] = sums
    return offset, shares


def log_sums_over_poses(factors: LogitFactors, patches: np.ndarray) -> np.ndarray:
    """log of the sum over poses of the exponentials of the logits under each shift, each to its
    own precision; shape (S, m), of patches (m, C, L_1, ..., L_d).
    """
    sums, none = np.empty((len(factors.constants), len(patches))), np.zeros(len(patches))
    ones = np.ones(factors.templates.shape[-1], patches.dtype)
    for box in boxes(factors.window):
        logits = augmented_patches(patches, box, none) @ factors.augmented(box)
        top = logits.max(axis=1)
        logits -= top[:, None]
        sums[box.index] = top + np.log(exponentials(logits) @ ones)
    return sums
