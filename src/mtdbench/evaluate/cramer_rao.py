"""Cramer-Rao bounds: errors that no unbiased estimator falls below.

An estimator that cuts the measurement into patches of L^d, as EM does, has no more information on x
than the patches have, whatever it does with them. One that is told places and poses has the most.
Others, which look at windows at any offset, may fall below the first bound, never below the second.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, null_space

from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.forward import ForwardModel
from mtdbench.model.patches import Patches
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of
from mtdbench.spaces import Space

BOUND_LOGITS = 2**25  # are computed for a bound
FEWEST_PATCHES = 20  # to each parameter
SHIFTED_SAMPLES = 2**20  # are held at once, of patches at all shifts: more fall out of caches
JACKKNIFE_GROUPS = 20  # of patches
FINER_POSES = 4  # times those that EM takes: the true ones lie anywhere


@dataclass(frozen=True, slots=True)
class Bound:
    """A root mean square relative error over the samples, and the standard error of that value
    where it comes from random patches.
    """

    error: float
    uncertainty: float = 0.0


def patch_bound(
    forward: ForwardModel,
    x: np.ndarray,
    samples: np.ndarray,
    density: float,
    sigma: float,
    sigma_known: bool,
    rng: np.random.Generator,
    ranks: Ranks = ONE_RANK,
) -> Bound:
    """The bound for an estimator that sees patches on one grid, by Monte Carlo at the truth.

    The Fisher information of a patch is the mean of score score^T over patches of the measurement;
    the density is estimated too, and sigma where it is not known. Directions in which x cannot be
    identified are left out. It is NaN where the measurement has fewer than `FEWEST_PATCHES` to each
    parameter, which say too little about a matrix of information.

    Parameters
    ----------
    forward : ForwardModel
        Of one optics group.
    x : array, shape (n,)
        The truth.
    samples : array, shape (N,) * d or (M,) + (N,) * d
    density : float
        gamma; copies are well separated.
    sigma : float
    sigma_known : bool
    rng : numpy.random.Generator
        Draws the patches.
    ranks : Ranks
        Share the patches.
    """
    space = forward.space
    count = bound_poses(space)
    share = density * forward.visible_share
    seen = float(np.clip(share, 1e-6, 1 - 1e-6))
    model = PatchModel(forward, x, space.poses(count), seen, sigma)
    (_, every), *_ = forward.patches(space.window.stack(samples))  # those measured whole
    least = FEWEST_PATCHES * (space.size + 2)
    if len(every) < least:
        return Bound(np.nan, np.nan)
    patches = every.sample(rng, max(BOUND_LOGITS // model.logits, least))
    parameters = space.size + (1 if sigma_known else 2)
    groups = _informations(model, patches, parameters, ranks) * len(every)
    return jackknifed_bound(space, x, groups)


def jackknifed_bound(space: Space, x: np.ndarray, groups: np.ndarray) -> Bound:
    """The bound by the mean of some estimates of the Fisher information of a measurement on x,
    which comes first, and other parameters, shape (groups, q, q).
    """
    mean, free = groups.mean(axis=0), _identifiable(space, x)
    apart = (len(groups) * mean - groups) / (len(groups) - 1)
    error, *others = (_error(space, x, free, _covariance(i, free)) for i in (mean, *apart))
    degrees = len(groups) - 1
    bias = degrees * (np.mean(others) - error)  # an inverse of a mean is too large in the mean
    return Bound(float(error - bias), float(np.sqrt(degrees * np.var(others))))


def bound_poses(space: Space) -> int:
    """The number of poses that a bound of patches sums over: of volumes as many as EM takes."""
    return space.default_poses * (1 if space.place_is_free else FINER_POSES)


def known_bound(forward: ForwardModel, x: np.ndarray, copies: int, sigma: float) -> Bound:
    """The bound for someone who is told the place and the pose of each copy, of uniform poses:
    Fisher information copies / sigma^2 times the mean of P_g^T P_g.
    """
    space = forward.space
    poses, shares = space.quadrature()
    weights = np.tile(shares[:, None], forward.support.size)
    covariance = sigma**2 / copies * np.linalg.inv(forward.normal(weights, poses))
    free = _identifiable(space, x)  # alignment takes the rest away
    return Bound(_error(space, x, free, free.T @ covariance @ free))


def _informations(model: PatchModel, patches: Patches, parameters: int, ranks: Ranks) -> np.ndarray:
    """The mean of score score^T over each of some groups of patches, shape (groups, q, q)."""
    shifted = model.logits // len(model.poses) * model.forward.support.size
    block = max(1, min(SHIFTED_SAMPLES // shifted, -(-len(patches) // JACKKNIFE_GROUPS)))
    blocks = share_of(ranks, -(-len(patches) // block))
    mine = patches.between(blocks.start * block, min(blocks.stop * block, len(patches)))

    def share() -> list[np.ndarray]:
        sums = np.zeros((JACKKNIFE_GROUPS, parameters, parameters))
        counts = np.zeros(JACKKNIFE_GROUPS)
        for number, chunk in enumerate(mine.chunks(block, np.float64), start=blocks.start):
            scores = model.scores(chunk)[:, :parameters]
            sums[number % JACKKNIFE_GROUPS] += scores.T @ scores
            counts[number % JACKKNIFE_GROUPS] += len(chunk)
        return [sums, counts]

    sums, counts = ranks.total(share)
    filled = counts > 0
    return np.asarray(sums[filled] / counts[filled, None, None])


def _identifiable(space: Space, x: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the directions across the symmetries, shape (n, f)."""
    along = space.symmetries(x)
    return np.asarray(null_space(along)) if len(along) else np.eye(space.size)


def _covariance(information: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Of x in the basis `free`, where the other parameters are estimated too; shape (f, f)."""
    across = block_diag(free, np.eye(len(information) - len(free)))
    inverse = np.linalg.inv(across.T @ information @ across)
    return np.asarray(inverse[: free.shape[1], : free.shape[1]])


def _error(space: Space, x: np.ndarray, free: np.ndarray, covariance: np.ndarray) -> float:
    """sqrt(trace(R C R^T)) / ||R x||, with R the rendering."""
    rendered = np.stack([space.render(column).ravel() for column in free.T])
    square = np.sum((covariance @ rendered) * rendered)
    return float(np.sqrt(square) / np.linalg.norm(space.render(x)))
