"""The posterior of the shifts patch by patch: is it empty, and if not, where is its copy.

Source: Kreymer, Singer, Bendory, *Expectation-maximization for structure determination directly
from cryo-EM micrographs*, arXiv:2303.02157v2, algorithm 2.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import product

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from mtdbench.backend import threads
from mtdbench.likelihood.e_step import log_probabilities, pose_log_weights
from mtdbench.likelihood.logit_factors import LogitFactors
from mtdbench.likelihood.pass_by_shift import PassByShift, boxed, evidence, samples_and_energies
from mtdbench.model.shifts import overlaps
from mtdbench.spaces.window import Window

BY_SHIFT = PassByShift()


@dataclass(frozen=True, slots=True, eq=False)
class MapShifts:
    """For each of P patches what the posterior of its shifts comes to, summed over the poses.

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

    @classmethod
    def joined(cls, parts: Sequence["MapShifts"]) -> "MapShifts":
        """Those of several sets of patches, one after the other."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    @property
    def log_evidence(self) -> np.ndarray:
        """log p(patch), shape (P,)."""
        return np.logaddexp(self.log_empty, self.log_seen)

    @property
    def empty(self) -> np.ndarray:
        """p(empty | patch), shape (P,)."""
        return np.asarray(expit(self.log_empty - self.log_seen))

    def reweighted(self, before: float, after: float) -> "MapShifts":
        """As if rho_empty had been `after` instead of `before`, and all rho_s in proportion."""
        with np.errstate(divide="ignore"):  # all are empty
            return replace(
                self,
                log_empty=self.log_empty + np.log(after / before),
                log_seen=self.log_seen + np.log((1 - after) / (1 - before)),
            )


def map_shifts(
    chunks: Iterable[np.ndarray],
    templates: np.ndarray,
    prior: np.ndarray,
    sigma: float,
    window: Window,
    weights: np.ndarray | None = None,
    patch_pass: PassByShift = BY_SHIFT,
) -> MapShifts:
    """One pass over the patches, on as many threads as the process was given.

    It is the first half of the E-step, see `mtdbench.likelihood.e_step.e_step`, whose parameters
    these are. Blocks of patches are streamed; what is kept of a patch is d + 4 numbers.

    Raises
    ------
    ValueError
        If there are no patches.
    """
    templates = np.asarray(templates, dtype=float)
    log_prior, log_weights = log_probabilities(prior), pose_log_weights(len(templates), weights)
    arguments = templates, log_prior, log_weights, sigma, overlaps(window)
    factors = LogitFactors.of(*arguments, patch_pass.masked)
    work = partial(_block, factors, sigma)
    parts: list[tuple[np.ndarray, ...]] = []
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads()) as pool:
        for chunk in chunks:
            parts += pool.map(work, patch_pass.blocks(chunk, len(templates)))
    if not parts:
        raise ValueError("no patches")
    return MapShifts(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _block(factors: LogitFactors, sigma: float, block: np.ndarray) -> tuple[np.ndarray, ...]:
    """The fields of `MapShifts` for one block of patches, shape (m, C L^d)."""
    window, each, patches = factors.window, np.arange(len(block)), boxed(factors, block)
    offset, weights = evidence(factors.astype(block.dtype), patches)  # (m,), (S, m)
    seen, best = weights.sum(axis=0), weights.argmax(axis=0)
    with np.errstate(divide="ignore"):
        log_seen = offset + np.log(seen)
    shifts = window.shifts[best]
    near = np.zeros(len(block))
    for step in product((-1, 0, 1), repeat=window.ndim):
        beside = shifts + step
        inside = np.all(np.abs(beside) < window.shape, axis=1)
        near[inside] += weights[window.number(beside[inside]), each[inside]]
    samples, energy = samples_and_energies(patches)
    log_scale = np.log(2 * np.pi * sigma**2) / 2
    alone = -energy / (2 * sigma**2) - samples * log_scale  # log p(patch | empty)
    some = np.where(seen > 0, seen, 1)
    log_empty = alone + factors.log_empty
    return log_empty, alone + log_seen, shifts, weights[best, each] / some, near / some
