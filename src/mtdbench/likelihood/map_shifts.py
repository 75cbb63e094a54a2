"""The posterior of the views patch by patch: is it empty, and if not, where is its copy.

Source: Kreymer, Singer, Bendory, *A stochastic approximate expectation-maximization for structure
determination directly from cryo-EM micrographs*, algorithm 2.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from mtdbench.backend import threads
from mtdbench.likelihood.pass_by_shift import Keys, cut, evidence
from mtdbench.model.shifts import views


@dataclass(frozen=True, slots=True, eq=False)
class BestViews:
    """For each of P patches what the posterior of its views comes to, summed over the poses.

    Attributes
    ----------
    log_empty : array, shape (P,)
        log rho_empty p(patch | empty), all constants included.
    log_seen : array, shape (P,)
        log sum_s rho_s p(patch | s), over all shifts s that show a part of a copy.
    shifts : int array, shape (P, d)
        s*, the most probable of these shifts.
    shares : array, shape (P,)
        p(s* | patch, not empty).
    near : array, shape (P,)
        sum of p(s | patch, not empty) over the shifts within one sample of s* along every axis.
    """

    log_empty: np.ndarray
    log_seen: np.ndarray
    shifts: np.ndarray
    shares: np.ndarray
    near: np.ndarray

    @property
    def log_evidence(self) -> np.ndarray:
        """log p(patch), shape (P,)."""
        return np.logaddexp(self.log_empty, self.log_seen)

    @property
    def empty(self) -> np.ndarray:
        """p(empty | patch), shape (P,)."""
        return np.asarray(expit(self.log_empty - self.log_seen))

    def reweighted(self, before: float, after: float) -> "BestViews":
        """As if rho_empty had been `after` instead of `before`, and all rho_s in proportion."""
        return replace(
            self,
            log_empty=self.log_empty + np.log(after / before),
            log_seen=self.log_seen + np.log((1 - after) / (1 - before)),
        )


def best_views(
    source: Iterable[tuple[Any, int]],
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    ndim: int,
) -> BestViews:
    """One pass over the patches, on as many threads as the process was given.

    It is the first half of the E-step, see `mtdbench.likelihood.e_step.statistics`, whose
    parameters these are. Blocks of patches are streamed; what is kept of a patch is d + 4 numbers.

    Raises
    ------
    ValueError
        If there are no patches.
    """
    with np.errstate(divide="ignore"):
        log_prior = np.maximum(np.log(prior), -1e4)
    keys = Keys.of(np.asarray(templates, dtype=float), log_prior, sigma, ndim)
    work = partial(_block, keys, sigma)
    parts: list[tuple[np.ndarray, ...]] = []
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads()) as pool:
        for chunk, filled in source:
            parts += pool.map(work, cut(np.asarray(chunk)[:filled], len(templates)))
    if not parts:
        raise ValueError("no patches")
    return BestViews(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _block(keys: Keys, sigma: float, block: np.ndarray) -> tuple[np.ndarray, ...]:
    """The fields of `BestViews` for one block of patches, shape (m, L^d)."""
    ndim, each = keys.templates.ndim - 1, np.arange(len(block))
    patches = block.reshape((len(block), *(keys.window,) * ndim))
    offset, weights = evidence(keys.astype(block.dtype), patches)  # (m,), (S, m)
    seen, best = weights.sum(axis=0), weights.argmax(axis=0)
    with np.errstate(divide="ignore"):
        log_seen = offset + np.log(seen)
    shifts = views(keys.window, ndim).shifts[best]
    near = np.zeros(len(block))
    for step in product((-1, 0, 1), repeat=ndim):
        beside = shifts + step
        inside = np.all(np.abs(beside) < keys.window, axis=1)
        index = (beside + keys.window - 1).T[:, inside]
        view = np.ravel_multi_index(tuple(index), (2 * keys.window - 1,) * ndim)
        near[inside] += weights[view, each[inside]]
    energy = np.sum(block.astype(float) ** 2, axis=1) / (2 * sigma**2)
    alone = -energy - block.shape[1] / 2 * np.log(2 * np.pi * sigma**2)  # log p(patch | empty)
    some = np.where(seen > 0, seen, 1)
    return alone + keys.log_empty, alone + log_seen, shifts, weights[best, each] / some, near / some
