"""The hot kernel: posteriors of all views of all patches, reduced to what an M-step needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mtdbench.backend import jax
from mtdbench.likelihood import pass_by_shift, pass_fused
from mtdbench.likelihood.pass_sums import Sweep
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import views

CHUNK_SAMPLES = 2**21
LARGE = 2**12  # poses times pixels of a window, see `_large`


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
    views : array, shape (S + 1,) or (S + Q + 1,)
        Posterior weight of each view, the empty one last; sums to P.
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
            yield jax.numpy.asarray(padded), len(chunk)

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
    pairs: bool = False,
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
    prior : array, shape (S + 1,) or (S + Q + 1,)
        rho, the empty view last.
    sigma : float
    ndim : int
        d.
    pairs : bool
        Whether a patch may see two copies that do not overlap, both in the same pose; then s runs
        over the Q views of two copies too, and a template pixel that is seen twice counts twice.

    Source: Kreymer, Singer, Bendory, *An approximate expectation-maximization for two-dimensional
    multi-target detection*, the E-step, with the sums rearranged; Lan, Bendory, Boumal, Singer,
    *Multi-target detection with an arbitrary spacing distribution*, two copies.
    """
    templates = np.asarray(templates, dtype=float)
    with np.errstate(divide="ignore"):
        log_prior = np.maximum(np.log(prior), -1e4)
    pixels = templates.shape[1]
    sweep: Sweep = partial(pass_fused.sweep, pairs=pairs)
    if not pairs and _large(*templates.shape):
        sweep = pass_by_shift.sweep
    sums = sweep(source, templates, log_prior, sigma, ndim)
    constant = sums.energy / (2 * sigma**2) + sums.patches * pixels / 2 * np.log(
        2 * np.pi * sigma**2
    )
    return Statistics(
        float(sums.log_evidence - constant),
        sums.patches,
        sums.energy,
        sums.images,
        sums.weights.T @ views(round(pixels ** (1 / ndim)), ndim, pairs).visible,
        np.append(sums.weights.sum(axis=1), sums.empty),
    )


def _large(poses: int, pixels: int) -> bool:
    """Whether products shift by shift are quicker; a GPU always takes the compiled loop."""
    return poses * pixels >= LARGE and jax.default_backend() == "cpu"
