"""The standard error of an estimated density, by the information that patches have on it."""

from dataclasses import replace

import numpy as np
from scipy.linalg import null_space

from mtdbench.likelihood.patch_score import PatchModel
from mtdbench.model.patches import Patches

SCORED_LOGITS = 2**24  # are computed, but for at least so many patches to a parameter:
SCORED_PATCHES = 5
HELD_SAMPLES = 2**20  # of patches at all shifts, at once
LARGEST_OPERATOR = 2**26  # entries of the matrices A P_g of all poses; larger ones are not made
TRIED_SHARES_SEEN = np.append(0, np.geomspace(1e-7, 1 - 1e-7, 200))  # of patches that see a copy


def density_error(
    model: PatchModel, patches: Patches, count: float, sigma_known: bool, rng: np.random.Generator
) -> float | None:
    """The standard error of gamma where the object is estimated too, and sigma if it is not known.

    With J the mean of score score^T over patches and e the parameter `seen`, it is
    sqrt((J^-1)_ee / P) / v, where v is the visible share, gamma = seen / v; the inverse takes what
    x and sigma leave open (their Schur complement), without directions in which x cannot be
    identified. A mean over m patches is too small by (m - q) / m for q parameters.

    Parameters
    ----------
    model : PatchModel
        At the estimate: of one copy to a patch at most.
    patches : Patches
        Of the first optics group, measured whole.
    count : float
        P, of independent patches in the measurement.
    sigma_known : bool
    rng : numpy.random.Generator
        Draws the patches whose scores are computed.

    Returns
    -------
    float, or None where there are too few patches, or the poses and unknowns are too many.

    Source: Berndt, Hall, Hall, Hausman, *Estimation and inference in nonlinear structural models*,
    Ann. Econ. Soc. Meas. 3 (1974): information from outer products of scores.
    """
    space = model.forward.space
    along = space.symmetries(model.x)
    free = null_space(along) if len(along) else np.eye(space.size)
    parameters = free.shape[1] + (1 if sigma_known else 2)
    scores = _scores(model, patches, rng)
    if scores is None or len(scores) < SCORED_PATCHES * parameters:
        return None
    across = np.column_stack([scores[:, : space.size] @ free, scores[:, space.size :]])
    across = across[:, :parameters]
    information = across.T @ across / (len(scores) - parameters)
    seen = free.shape[1]
    try:
        variance = float(np.linalg.inv(information)[seen, seen]) / count
    except np.linalg.LinAlgError:
        return None
    return _of_density(model, variance)


def faintest_excluded(
    model: PatchModel, patches: Patches, count: float, rng: np.random.Generator
) -> float | None:
    """The largest gamma that is still likely, of copies of an object that is held as it is: above
    it the log-likelihood

        l(e) = sum_p log(1 - e + e r_p),    r_p = p(patch_p | a copy) / p(patch_p | empty),

    lies by more than 1/2 below its maximum, which is one standard error; at most 1. It is large
    where copies are faint.

    Parameters and result as `density_error`.
    """
    if not model.x.any():
        return None
    scores = _scores(replace(model, seen=0.5), patches, rng)
    if scores is None:
        return None
    empty = np.clip((2 - scores[:, model.forward.space.size]) / 4, 1e-12, 1)  # at e = 1/2
    gains = (1 - empty) / empty - 1  # r_p - 1
    scale = count / len(gains)
    logliks = np.array([scale * np.sum(np.log1p(share * gains)) for share in TRIED_SHARES_SEEN])
    likely = TRIED_SHARES_SEEN[logliks >= logliks.max() - 0.5]
    return min(1.0, float(likely.max()) / model.forward.visible_share)


def _of_density(model: PatchModel, variance: float) -> float | None:
    """The standard error of the density by the variance of `seen`."""
    error = float(np.sqrt(variance)) / model.forward.visible_share if variance > 0 else 0.0
    return error if np.isfinite(error) and error > 0 else None


def _scores(model: PatchModel, patches: Patches, rng: np.random.Generator) -> np.ndarray | None:
    """The scores of some patches, shape (m, n + 2); None where they would be too large."""
    space, support = model.forward.space, model.forward.support
    if len(model.poses) * support.size * space.size > LARGEST_OPERATOR or not len(patches):
        return None
    least = SCORED_PATCHES * (space.size + 2)
    drawn = patches.sample(rng, max(SCORED_LOGITS // model.logits, least))
    at_once = max(1, HELD_SAMPLES // (len(support.shifts) * support.size))
    return np.concatenate([model.scores(chunk) for chunk in drawn.chunks(at_once, np.float64)])
