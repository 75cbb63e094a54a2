"""The Cramer-Rao bound of an estimator that is told all places of copies, but not their poses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from mtdbench.evaluate.cramer_rao import JACKKNIFE_GROUPS, Bound, jackknifed_bound
from mtdbench.model.forward import ForwardModel

COPIES = 4096  # that are drawn
CHANGE = 0.1  # of the bound from one number of poses to the next, up to which it has converged
BLOCK_SAMPLES = 2**24  # of operators of some poses, which are held at once


@dataclass(frozen=True, slots=True)
class PlacesBound:
    """Bounds by sums over more and more poses.

    Attributes
    ----------
    poses : tuple of int
    bounds : tuple of Bound
    """

    poses: tuple[int, ...]
    bounds: tuple[Bound, ...]

    @property
    def converged(self) -> Bound:
        """The last bound, if the one before differs from it by at most `CHANGE`; else NaN: a sum
        over a grid of poses is the likelihood of copies that lie on that grid, which tell more of
        x than those that lie anywhere.
        """
        last = self.bounds[-1]
        if len(self.bounds) < 2:
            return Bound(np.nan, np.nan)
        near = abs(last.error - self.bounds[-2].error) <= CHANGE * last.error
        return last if near else Bound(np.nan, np.nan)


def places_bound(
    forward: ForwardModel,
    x: np.ndarray,
    copies: float,
    sigma: float,
    rng: np.random.Generator,
    poses: Sequence[int],
    drawn: int = COPIES,
) -> PlacesBound:
    """The bound for so many copies that are seen whole, alone, at known places, in unknown poses.

    No estimator that is not told the places falls below it. The score of a copy y in the pose g is

        s = sum_g w_g P_g^T (y - P_g x) / sigma^2,    w_g ~ exp(-||y - P_g x||^2 / (2 sigma^2)),

    and the Fisher information copies x mean s s^T over copies that are drawn in random poses. In
    directions in which poses and object are told apart badly s is small: there the bound is large.

    Parameters
    ----------
    forward : ForwardModel
        Without a filter.
    x : array, shape (n,)
        The truth.
    copies : float
        Of the measurement.
    sigma : float
    rng : numpy.random.Generator
        Draws copies and their noise.
    poses : sequence of int
        K, from few to many: those that are summed over.
    drawn : int
        Copies that are drawn; the same for each K.

    Source: Louis, J. R. Stat. Soc. B 44 (1982) (the score).
    """
    space = forward.space
    clean = space.project(x, space.random_poses(rng, drawn))
    y = clean + sigma * rng.standard_normal(clean.shape)
    bounds = []
    for count in poses:
        scores = pose_scores(forward, x, y, sigma, space.poses(count))
        parts = np.array_split(scores, JACKKNIFE_GROUPS)
        groups = np.array([part.T @ part / len(part) for part in parts]) * copies
        bounds.append(jackknifed_bound(space, x, groups))
    return PlacesBound(tuple(len(space.poses(count)) for count in poses), tuple(bounds))


def pose_scores(
    forward: ForwardModel, x: np.ndarray, y: np.ndarray, sigma: float, poses: np.ndarray
) -> np.ndarray:
    """The scores s of some copies y, (T, L^d), by the sum over these poses: shape (T, n)."""
    space = forward.space
    templates = space.project(x, poses)
    w = softmax((y @ templates.T - np.sum(templates**2, axis=1) / 2) / sigma**2, axis=1)
    w = w.astype(np.float32)
    size, (count, samples) = len(x), y.shape
    at_once = max(1, BLOCK_SAMPLES // (samples * size))
    residual = np.zeros((count, size))
    for start in range(0, len(poses), at_once):
        block = slice(start, start + at_once)
        operator = space.operator(poses[block]).astype(np.float32)
        own = np.einsum("kwn,kw->kn", operator, templates[block].astype(np.float32))
        residual -= w[:, block] @ own
        flat = operator.reshape(len(operator), -1)
        for first in range(0, count, at_once):
            few = slice(first, first + at_once)
            mixed = (w[few, block] @ flat).reshape(-1, samples, size)  # sum_g w_g P_g
            residual[few] += np.einsum("tw,twn->tn", y[few].astype(np.float32), mixed)
    return residual / sigma**2
