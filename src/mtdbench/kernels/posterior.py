"""The hot kernel: posteriors of all views of all patches, reduced to what an M-step needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax
from mtdbench.kernels.patches import Patches
from mtdbench.kernels.views import Views, views

jnp, lax = jax.numpy, jax.lax

BLOCK_LOGITS = 2**18  # logits of a block: with their exponentials they fit a core's cache, but
# a block has at least 128 patches, so that the products are worth reading the templates for
CHUNK_SAMPLES = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """All that one pass over the patches leaves behind; statistics of parts add up.

    Attributes
    ----------
    loglik : float
        sum_p log p(patch_p), all constants included.
    patches : float
        Number of patches P.
    energy : float
        sum_p ||patch_p||^2.
    images : array, shape (K, L^d)
        B_g: patches, weighted and aligned, as pose g sees them.
    visibility : array, shape (K, L^d)
        M_g: by weight, how often each template pixel was visible under pose g.
    views : array, shape (S + 1,)
        Posterior weight of each shift, the empty view last; sums to P.
    """

    loglik: float
    patches: float
    energy: float
    images: np.ndarray
    visibility: np.ndarray
    views: np.ndarray

    def scaled(self, factor: float) -> "Statistics":
        """As if every patch counted `factor` times."""
        return Statistics(
            factor * self.loglik,
            factor * self.patches,
            factor * self.energy,
            factor * self.images,
            factor * self.visibility,
            factor * self.views,
        )

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.loglik + other.loglik,
            self.patches + other.patches,
            self.energy + other.energy,
            self.images + other.images,
            self.visibility + other.visibility,
            self.views + other.views,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Patches ready for the kernel: in memory where they fit, else cut again in every pass."""

    patches: Patches
    dtype: type
    resident: tuple[Any, ...] | None

    @classmethod
    def of(cls, patches: Patches, dtype: type = np.float32, limit: int = 2**28) -> "Source":
        """The source of these patches, in memory if they take at most `limit` bytes."""
        fits = len(patches) * patches.pixels * np.dtype(dtype).itemsize <= limit
        source = cls(patches, dtype, None)
        return cls(patches, dtype, tuple(source)) if fits else source

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        """Chunks padded with zeros to one length, and how many patches each really holds."""
        if self.resident is not None:
            yield from self.resident
            return
        size = chunk_size(self.patches.pixels)
        for chunk in self.patches.chunks(size, self.dtype):
            padded: np.ndarray = np.zeros((size, self.patches.pixels), self.dtype)
            padded[: len(chunk)] = chunk
            yield jnp.asarray(padded), len(chunk)

    def __len__(self) -> int:
        return len(self.patches)


def chunk_size(pixels: int) -> int:
    """Patches that are handed to the kernel at once, a power of two."""
    return int(2 ** max(8, int(np.log2(CHUNK_SAMPLES / pixels))))


def statistics(
    source: Iterable[tuple[Any, int]],
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    ndim: int,
) -> Statistics:
    """One E-step: the posterior of every view of every patch, reduced as it is computed.

    With templates I_g = P_g x and the selection of pixels T_s,

        logit[p, s, g] = <patch_p, T_s I_g>/sigma^2 - ||T_s I_g||^2/(2 sigma^2) + log rho_s - log K,
        logit[p, empty] = log rho_empty,

    followed by a softmax over all views. Blocks of patches stream through two matrix products; no
    array of patches x views is ever held.

    Parameters
    ----------
    source : iterable of (array of shape (chunk, L^d), count)
        A `Source`, or any part of one.
    templates : array, shape (K, L^d)
    prior : array, shape (S + 1,)
        rho, the empty view last.
    sigma : float
    ndim : int
        d.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, the E-step, with the sums rearranged.
    """
    templates = np.asarray(templates)
    window = round(templates.shape[1] ** (1 / ndim))
    count = len(templates)
    geometry = views(window, ndim)
    with np.errstate(divide="ignore"):
        log_prior = np.maximum(np.log(prior), -1e4)
    total = None
    for chunk, filled in source:
        program = _program(window, ndim, count, len(chunk), np.dtype(chunk.dtype).name)
        part = program(chunk, np.int32(filled), templates, log_prior, np.float64(sigma))
        total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
    if total is None:
        raise ValueError("no patches")
    log_evidence, patches, energy, empty, *products = (np.asarray(value) for value in total)
    images, weights = _scatter(products, geometry, count)
    constant = energy / (2 * sigma**2) + patches * templates.shape[1] / 2 * np.log(
        2 * np.pi * sigma**2
    )
    return Statistics(
        float(log_evidence - constant),
        float(patches),
        float(energy),
        images,
        weights.T @ geometry.visible,
        np.append(weights.sum(axis=1), empty),
    )


def _scatter(
    products: list[np.ndarray], geometry: Views, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """B (K, L^d) and the weight of each shift and pose (S, K), from the slabs' products."""
    pixels = geometry.visible.shape[1]
    images, weights = np.zeros((pixels + 1, count)), []
    for slab, product in zip(geometry.slabs, products, strict=True):
        per_pair = product.reshape(product.shape[0], -1, count)
        np.add.at(images, slab.source, per_pair[:-1])
        weights.append(per_pair[-1])
    return images[:pixels].T, np.concatenate(weights)


def _keys(geometry: Views, templates: Any, log_prior: Any, sigma: Any, dtype: Any) -> list[Any]:
    """For each slab the matrix whose product with [patch pixels, 1] is the logits."""
    count = templates.shape[0]
    padded = jnp.pad(templates, ((0, 0), (0, 1)))
    bias = -(geometry.visible @ (templates**2).T) / (2 * sigma**2)
    bias = bias + log_prior[:-1, None] - jnp.log(count)
    keys = []
    for slab in geometry.slabs:
        seen = padded[:, slab.source].transpose(1, 2, 0) / sigma**2
        key = jnp.concatenate([seen, bias[None, slab.shifts]]).reshape(seen.shape[0] + 1, -1)
        keys.append(key.astype(dtype))
    return keys


def _offset(bound: Any, scores: list[Any], empty_logit: Any) -> Any:
    """What to subtract from the logits where ||patch||^2/(2 sigma^2) < 100 bounds them and
    log rho_empty > -40.

    No exponent exceeds 60, and the empty view keeps at least rho_empty e^-40: nothing overflows or
    vanishes, and the pass over all logits that finds their maximum is saved.
    """
    return jnp.maximum(bound - 60, 0)


def _maximum(bound: Any, scores: list[Any], empty_logit: Any) -> Any:
    """What to subtract in general: the largest logit of each patch."""
    tops = [jnp.max(score, axis=1, keepdims=True) for score in scores]
    return jnp.maximum(jnp.stack(tops).max(axis=0), empty_logit)


@lru_cache(maxsize=64)
def _program(window: int, ndim: int, count: int, chunk: int, dtype: str) -> Any:
    """The compiled pass over one chunk of patches."""
    geometry = views(window, ndim)
    logits = (geometry.count - 1) * count + 1
    block = int(2 ** np.clip(round(np.log2(BLOCK_LOGITS / logits)), 7, np.log2(chunk)))

    def sweep(patches: Any, filled: Any, templates: Any, log_prior: Any, sigma: Any) -> Any:
        keys = _keys(geometry, templates, log_prior, sigma, dtype)
        empty_logit = log_prior[-1].astype(dtype)

        def step(i: Any, carry: Any) -> Any:
            rows = lax.dynamic_slice_in_dim(patches, i * block, block)
            real = (i * block + jnp.arange(block) < filled)[:, None]
            ones = jnp.ones((block, 1), dtype)
            queries = [jnp.concatenate([rows[:, s.pixels], ones], 1) for s in geometry.slabs]
            scores = [query @ key for query, key in zip(queries, keys, strict=True)]
            energy = jnp.sum(rows**2, axis=1, keepdims=True)
            bound = energy / (2 * sigma**2).astype(dtype)
            tame = (jnp.max(bound) < 100) & (empty_logit > -40)
            top = lax.cond(tame, _offset, _maximum, bound, scores, empty_logit)
            weights = [jnp.exp(score - top) for score in scores]
            void = jnp.exp(empty_logit - top)
            evidence = void + sum(jnp.sum(weight, axis=1, keepdims=True) for weight in weights)
            share = jnp.where(real, 1 / evidence, 0)
            log_evidence = jnp.where(real, top + jnp.log(evidence), 0)
            parts = [
                jnp.sum(log_evidence, dtype=np.float64),
                jnp.sum(real, dtype=np.float64),
                jnp.sum(energy, dtype=np.float64),
                jnp.sum(share * void, dtype=np.float64),
                *((q * share).T @ w for q, w in zip(queries, weights, strict=True)),
            ]
            return [a + b for a, b in zip(carry, parts, strict=True)]

        start = [jnp.zeros((), np.float64)] * 4 + [jnp.zeros(key.shape, np.float64) for key in keys]
        return lax.fori_loop(0, (filled + block - 1) // block, step, start)

    pixels = window**ndim
    shapes = [
        jax.ShapeDtypeStruct((chunk, pixels), np.dtype(dtype)),
        jax.ShapeDtypeStruct((), np.int32),
        jax.ShapeDtypeStruct((count, pixels), np.float64),
        jax.ShapeDtypeStruct((geometry.count,), np.float64),
        jax.ShapeDtypeStruct((), np.float64),
    ]
    with clock.setup():
        return jax.jit(sweep).lower(*shapes).compile()
