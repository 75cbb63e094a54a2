"""The pass for small windows and for GPUs: one compiled loop over blocks of patches."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.likelihood.hard_core import partition
from mtdbench.likelihood.pass_sums import PassSums, channels, chunk_size
from mtdbench.model.shifts import Overlaps, overlaps
from mtdbench.spaces.window import Window

lax = jax.lax

SCALARS = 5
"""Sums over patches that are numbers, in the order of `PassSums`; the products follow them."""

Padded = tuple[Any, int]
"""Patches padded with zeros to the length of all chunks, and how many they really are."""


@dataclass(frozen=True, slots=True)
class FusedPass:
    """The compiled pass, see `mtdbench.likelihood.pass_sums.PatchPass`.

    Attributes
    ----------
    block_logits : int
        Logits of a block: with their exponentials they fit a core's cache; but a block has at least
        128 patches, so that the products are worth reading the templates for.
    chunk_samples : int
        Samples of a chunk, about.
    masked : bool
    """

    block_logits: int = 2**18
    chunk_samples: int = 2**21
    masked: bool = False

    def chunk_size(self, pixels: int) -> int:
        """How many patches of so many samples are handed over at once."""
        return chunk_size(pixels, self.chunk_samples)

    def block_size(self, pixels: int, logits: int, poses: int) -> int:
        """Patches whose logits fit a core's cache."""
        return _block_size(self.block_logits, logits, self.chunk_size(pixels))

    def prepared(self, chunk: np.ndarray) -> Padded:
        """The chunk on the device, padded to the length that the loop is compiled for."""
        rows = channels(chunk, self.masked)
        padded = np.zeros((self.chunk_size(chunk.shape[1]), rows.shape[1]), rows.dtype)
        padded[: len(rows)] = rows
        return jnp.asarray(padded), len(rows)

    def __call__(
        self,
        chunks: Iterable[Padded],
        templates: np.ndarray,
        log_prior: np.ndarray,
        log_weights: np.ndarray,
        sigma: float,
        overlaps: Overlaps,
    ) -> PassSums:
        """The sums over the patches of some chunks."""
        count, total = len(templates), None
        kind = len(overlaps.pairs) > 0, overlaps.crowded
        for chunk, filled in chunks:
            form = len(chunk), np.dtype(chunk.dtype).name, self.block_logits, self.masked
            program = _program(overlaps.window, *kind, count, *form)
            arguments = templates, log_prior, log_weights, np.float64(sigma)
            part = program(chunk, np.int32(filled), *arguments)
            total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
        if total is None:
            raise ValueError("no patches")
        log_evidence, number, observed, energy, empty = map(float, total[:SCALARS])
        scalars = log_evidence, number, observed, energy, empty
        products = [np.asarray(value) for value in total[SCALARS:]]
        sums, weights = _scatter(products, overlaps, count)
        visibility = sums[1] if self.masked else weights.T @ overlaps.visible
        return PassSums(*scalars, sums[0], visibility, weights)


def _scatter(
    products: list[np.ndarray], geometry: Overlaps, count: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """The sum of each channel, patches weighted and aligned, (K, L^d), and the weight of each shift
    and pose (S, K), from the slabs' products.
    """
    pixels, weights = geometry.window.size, []
    each = [len(slab.source) for slab in geometry.slabs]
    sums = np.zeros(((len(products[0]) - 1) // each[0], pixels + 1, count))
    for slab, product in zip(geometry.slabs, products, strict=True):
        per_pair = product.reshape(product.shape[0], -1, count)
        for channel, part in zip(sums, np.split(per_pair[:-1], len(sums)), strict=True):
            np.add.at(channel, slab.source, part)
        weights.append(per_pair[-1])
    return [channel[:pixels].T for channel in sums], np.concatenate(weights)


def _augmented_templates(
    geometry: Overlaps,
    templates: Any,
    log_prior: Any,
    log_weights: Any,
    sigma: Any,
    masked: bool,
    dtype: Any,
) -> list[Any]:
    """For each slab the matrix whose product with [channels of a patch, 1] is the logits."""
    padded = jnp.pad(templates, ((0, 0), (0, 1)))
    bias = 0.0 if masked else -(geometry.visible @ (templates**2).T) / (2 * sigma**2)
    bias = bias + log_prior[:-1, None] + log_weights
    factors = []
    for slab in geometry.slabs:
        seen = padded[:, slab.source].transpose(1, 2, 0) / sigma**2
        rows = [seen, *([-(seen**2) * sigma**2 / 2] if masked else []), bias[None, slab.shifts]]
        factor = jnp.concatenate(rows)
        factors.append(factor.reshape(factor.shape[0], -1).astype(dtype))
    return factors


def _augmented_patches(geometry: Overlaps, parts: list[Any], ones: Any) -> list[Any]:
    """For each slab [channels of a patch, 1], of a block of patches."""
    return [
        jnp.concatenate([*(part[:, slab.pixels] for part in parts), ones], 1)
        for slab in geometry.slabs
    ]


def _offset(bound: Any, scores: list[Any], empty_logit: Any) -> Any:
    """What to subtract from the logits where ||patch||^2/(2 sigma^2) < 100 bounds them and
    log rho_empty > -40.

    No exponent exceeds 60, and the empty overlap keeps at least rho_empty e^-40: nothing overflows
    or vanishes, and the pass over all logits that finds their maximum is saved.
    """
    return jnp.maximum(bound - 60, 0)


def _maximum(bound: Any, scores: list[Any], empty_logit: Any) -> Any:
    """What to subtract in general: the largest logit of each patch."""
    tops = [jnp.max(score, axis=1, keepdims=True) for score in scores]
    return jnp.maximum(jnp.stack(tops).max(axis=0), empty_logit)


def _one_copy(
    scores: list[Any], empty_logit: Any, energy: Any, sigma: Any
) -> tuple[list[Any], Any, Any, Any]:
    """Of a block of patches with one overlap each: weights of all overlaps but the empty one and of
    that one, their sum, and the log of what they are to be multiplied by.
    """
    bound = energy / (2 * sigma**2).astype(energy.dtype)
    tame = (jnp.max(bound) < 100) & (empty_logit > -40)
    top = lax.cond(tame, _offset, _maximum, bound, scores, empty_logit)
    weights = [jnp.exp(score - top) for score in scores]
    void = jnp.exp(empty_logit - top)
    evidence = void + sum(jnp.sum(weight, axis=1, keepdims=True) for weight in weights)
    return weights, void, evidence, top


def _crowd(
    scores: list[Any], empty_logit: Any, window: Window, count: int
) -> tuple[list[Any], Any, Any, Any]:
    """The same of patches that may see copies at several shifts: the weight of a shift and a pose
    is how often the one is among them, times the share of the other.
    """
    by_pose = [score.reshape(len(score), -1, count) for score in scores]
    log_sums = [jax.nn.logsumexp(score, axis=2) for score in by_pose]
    log_partition, seen = partition(jnp.concatenate(log_sums, 1).T - empty_logit, window)
    ends = np.cumsum([sums.shape[1] for sums in log_sums])[:-1]
    weights = [
        (jnp.exp(score - sums[..., None]) * n[..., None]).reshape(len(n), -1)
        for score, sums, n in zip(by_pose, log_sums, jnp.split(seen.T, ends, 1), strict=True)
    ]
    log_partition = log_partition[:, None]
    one = jnp.ones_like(log_partition)
    return weights, jnp.exp(-log_partition), one, empty_logit + log_partition


@lru_cache(maxsize=64)
def _program(
    window: Window,
    pairs: bool,
    crowded: bool,
    count: int,
    chunk: int,
    dtype: str,
    block_logits: int,
    masked: bool,
) -> Any:
    """The compiled pass over one chunk of patches."""
    geometry = overlaps(window, pairs, crowded)
    logits = (geometry.count - 1) * count + 1
    block, samples = _block_size(block_logits, logits, chunk), window.size

    def over_patches(
        patches: Any, filled: Any, templates: Any, log_prior: Any, log_weights: Any, sigma: Any
    ) -> Any:
        arguments = templates, log_prior, log_weights, sigma, masked, dtype
        factors = _augmented_templates(geometry, *arguments)
        empty_logit = log_prior[-1].astype(dtype)

        def step(i: Any, carry: Any) -> Any:
            rows = lax.dynamic_slice_in_dim(patches, i * block, block)
            real = (i * block + jnp.arange(block) < filled)[:, None]
            ones = jnp.ones((block, 1), dtype)
            parts = jnp.split(rows, 2, axis=1) if masked else [rows]
            queries = _augmented_patches(geometry, parts, ones)
            scores = [query @ factor for query, factor in zip(queries, factors, strict=True)]
            energy = jnp.sum(parts[0] ** 2, axis=1, keepdims=True)
            if crowded:
                weights, void, evidence, top = _crowd(scores, empty_logit, window, count)
            else:
                weights, void, evidence, top = _one_copy(scores, empty_logit, energy, sigma)
            share = jnp.where(real, 1 / evidence, 0)
            log_evidence = jnp.where(real, top + jnp.log(evidence), 0)
            sums = [
                jnp.sum(log_evidence, dtype=np.float64),
                jnp.sum(real, dtype=np.float64),
                jnp.sum(parts[1] if masked else samples * real, dtype=np.float64),
                jnp.sum(energy, dtype=np.float64),
                jnp.sum(share * void, dtype=np.float64),
                *((q * share).T @ w for q, w in zip(queries, weights, strict=True)),
            ]
            return [a + b for a, b in zip(carry, sums, strict=True)]

        start = [jnp.zeros((), np.float64)] * SCALARS + [
            jnp.zeros(f.shape, np.float64) for f in factors
        ]
        return lax.fori_loop(0, (filled + block - 1) // block, step, start)

    with clock.setup():
        shapes = _shapes(geometry, count, (chunk, (1 + masked) * samples), dtype)
        return jax.jit(over_patches).lower(*shapes).compile()


def _block_size(block_logits: int, logits: int, chunk: int) -> int:
    """A power of two of patches."""
    return int(2 ** np.clip(round(np.log2(block_logits / logits)), 7, np.log2(chunk)))


def _shapes(geometry: Overlaps, count: int, chunk: tuple[int, int], dtype: str) -> list[Any]:
    """Of the arguments of `over_patches`."""
    return [
        jax.ShapeDtypeStruct(chunk, np.dtype(dtype)),
        jax.ShapeDtypeStruct((), np.int32),
        jax.ShapeDtypeStruct((count, geometry.window.size), np.float64),
        jax.ShapeDtypeStruct((geometry.count,), np.float64),
        jax.ShapeDtypeStruct((count,), np.float64),
        jax.ShapeDtypeStruct((), np.float64),
    ]
