"""The posterior pass for large windows: matrix products shift by shift, nothing large kept.

Under one shift a patch sees a box of the template, and all boxes together hold L^(2d) pairs of
pixels: products over the boxes alone do no work in vain, and each is large enough for BLAS. A block
of patches goes through the shifts twice:

1. evidence: logits of one shift, their exponentials, the sum over the poses. Only this sum is kept.
2. statistics: the logits again, normalised now, and their product with the patches. Patches whose
   share under a shift is below rounding are left out; at SNR 1 and above that is nearly all of them
   under the shifts that show much of a copy, which cost most.

Memory is that of one shift and block, patches x K, whatever L and K.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from mtdbench.backend import threads
from mtdbench.likelihood.pass_sums import Sums
from mtdbench.model.shifts import views

BLOCK_LOGITS = 2**18  # of one shift and block: they stay in a core's cache
BLOCK_PATCHES = (2**5, 2**10)
# Smaller logits are raised to this: next to the largest they count for nothing, and products with
# exponentials below the normal numbers of float32, from -87 on, take many times as long.
LOWEST = -80.0


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """One shift: which box of a patch sees which box of the template.

    Attributes
    ----------
    index : int
        Of the shift, in the order of `views`.
    patch, template : tuples of slices
        Boxes within arrays of shape (L,) * d.
    pixels : int
        Pixels in the box.
    """

    index: int
    patch: tuple[slice, ...]
    template: tuple[slice, ...]
    pixels: int


@lru_cache(maxsize=8)
def boxes(window: int, ndim: int) -> tuple[Box, ...]:
    """All shifts, those that show most of the template first."""
    found = []
    for index, shift in enumerate(views(window, ndim).shifts):
        patch = tuple(slice(max(s, 0), window + min(s, 0)) for s in shift)
        template = tuple(slice(max(-s, 0), window - max(s, 0)) for s in shift)
        found.append(Box(index, patch, template, int(np.prod(window - np.abs(shift)))))
    return tuple(sorted(found, key=lambda box: -box.pixels))


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """All that logits need besides the patches.

    Attributes
    ----------
    templates : array, shape (L,) * d + (K,)
        I_g / sigma^2.
    constants : array, shape (S, K)
        log rho_s - log K - ||T_s I_g||^2 / (2 sigma^2).
    log_empty : float
        log rho_empty.
    """

    templates: np.ndarray
    constants: np.ndarray
    log_empty: float

    @classmethod
    def of(cls, templates: np.ndarray, log_prior: np.ndarray, sigma: float, ndim: int) -> "Keys":
        """The keys of templates (K, L^d) and log rho (S + 1,), the empty view last."""
        count, pixels = templates.shape
        window = round(pixels ** (1 / ndim))
        halves = views(window, ndim).visible @ (templates**2 / (2 * sigma**2)).T
        constants = log_prior[:-1, None] - np.log(count) - halves
        scaled = np.ascontiguousarray((templates / sigma**2).T)
        return cls(scaled.reshape((window,) * ndim + (count,)), constants, float(log_prior[-1]))

    @property
    def window(self) -> int:
        """L."""
        return len(self.templates)

    def astype(self, dtype: Any) -> "Keys":
        """The same, for products of that type."""
        return replace(self, templates=self.templates.astype(dtype, copy=False))

    def key(self, box: Box) -> np.ndarray:
        """The matrix whose product with [box of a patch, 1, -offset] is its logits - offset."""
        key = np.empty((box.pixels + 2, self.templates.shape[-1]), self.templates.dtype)
        key[:-2].reshape(self.templates[box.template].shape)[...] = self.templates[box.template]
        key[-2], key[-1] = self.constants[box.index], 1
        return key


def sweep(
    source: Iterable[tuple[Any, int]],
    templates: np.ndarray,
    log_prior: np.ndarray,
    sigma: float,
    ndim: int,
) -> Sums:
    """The pass over all patches, on as many threads as the process was given, see
    `mtdbench.likelihood.pass_sums.Sweep`.
    """
    (count, pixels), keys = templates.shape, Keys.of(templates, log_prior, sigma, ndim)
    blocks = (b for chunk, filled in source for b in cut(np.asarray(chunk)[:filled], count))
    lock = Lock()

    def work() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        scalars, images, weights = (
            np.zeros(4),
            np.zeros((pixels, count)),
            np.zeros(keys.constants.shape),
        )
        while True:
            with lock:
                block = next(blocks, None)
            if block is None:
                return scalars, images, weights
            scalars += _block(keys.astype(block.dtype), block, images, weights)

    workers = threads()
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
        parts = [future.result() for future in [pool.submit(work) for _ in range(workers)]]
    scalars, images, weights = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    log_evidence, number, energy, empty = map(float, scalars)
    if not number:
        raise ValueError("no patches")
    return Sums(log_evidence, number, energy, empty, images.T, weights)


def cut(chunk: np.ndarray, poses: int) -> Iterator[np.ndarray]:
    """Blocks of patches, enough for all threads, whose logits under one shift and so many poses
    fit a core's cache.
    """
    share = -(-len(chunk) // threads())
    size = int(np.clip(min(BLOCK_LOGITS // poses, share), *BLOCK_PATCHES))
    return (chunk[i : i + size] for i in range(0, len(chunk), size))


def _block(keys: Keys, block: np.ndarray, images: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Adds the images and weights of one block; its scalars, in the order of `Sums`."""
    window, ndim, dtype = keys.window, keys.templates.ndim - 1, block.dtype
    patches = block.reshape((len(block), *(window,) * ndim))
    offset, shares = evidence(keys, patches)
    void = np.exp(keys.log_empty - offset)
    total = shares.sum(axis=0) + void
    log_evidence = offset + np.log(total)
    seen = shares > total * (np.finfo(dtype).eps / len(shares))
    aligned = np.zeros(keys.templates.shape, dtype)
    for box in boxes(window, ndim):
        chosen = np.flatnonzero(seen[box.index])
        if chosen.size:
            query = _query(patches[chosen], box, log_evidence[chosen])
            posterior = exponentials(query @ keys.key(box))
            product = query.T @ posterior
            part = aligned[box.template]
            part += product[:-2].reshape(part.shape)
            weights[box.index] += product[-2]
    images += aligned.reshape(images.shape)
    energy = np.sum(block.astype(float) ** 2)
    return np.array([log_evidence.sum(), len(block), energy, (void / total).sum()])


def evidence(keys: Keys, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was subtracted from the logits of each patch (m,), and after that the sum over poses
    of the exponentials under each shift, shape (S, m).

    The offset starts at log rho_empty, below the evidence in any case. Where the exponentials then
    overflow it is raised to the largest logit, and what was summed before is scaled down.
    """
    offset = np.full(len(patches), keys.log_empty)
    shares = np.zeros((len(keys.constants), len(patches)))
    ones = np.ones(keys.templates.shape[-1], patches.dtype)  # sums by BLAS are quicker
    with np.errstate(over="ignore"):
        for box in boxes(keys.window, keys.templates.ndim - 1):
            query, key = _query(patches, box, offset), keys.key(box)
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


def exponentials(logits: np.ndarray) -> np.ndarray:
    """exp(max(logits, LOWEST)), in place."""
    np.maximum(logits, LOWEST, out=logits)
    return np.exp(logits, out=logits)


def _query(patches: np.ndarray, box: Box, offset: np.ndarray) -> np.ndarray:
    """[box of each patch, 1, -offset], shape (m, pixels + 2)."""
    query = np.empty((len(patches), box.pixels + 2), patches.dtype)
    seen = patches[(slice(None), *box.patch)]
    query[:, :-2].reshape(seen.shape)[...] = seen
    query[:, -2], query[:, -1] = 1, -offset
    return query
