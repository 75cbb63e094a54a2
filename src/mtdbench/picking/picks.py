"""What each patch of a measurement shows, once the object is known or estimated."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, logsumexp

from mtdbench.errors import InputError
from mtdbench.likelihood.e_step import PatchSource, suited
from mtdbench.likelihood.map_shifts import MapShifts, map_shifts
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import shifted_grids
from mtdbench.model.spacing import DEFAULT_SPACING
from mtdbench.spaces import Window

FIRST_EMPTY_SHARE = 0.5  # share of empty patches that the estimate starts from
EMPTY_SHARE_UPDATES = 500
SETTLED_SHARE = 1e-6
TRIED_SHARES = np.exp2(-np.arange(1.0, 31.0))  # of patches with a copy, equally likely before
LEAST_SHOWN = float(np.log(100))
"""Nats of evidence that there are copies, which noise alone gives in one of 100 measurements at
most."""


@dataclass(frozen=True, slots=True, eq=False)
class Picks:
    """The most probable overlap of each of P patches; probabilities are summed over the poses.

    Attributes
    ----------
    window : Window
        That of a copy.
    micrographs : int array, shape (P,)
        The micrograph that each patch lies in.
    patches : int array, shape (P, d)
        First sample of each patch.
    empty : array, shape (P,)
        Probability that the patch shows no copy.
    shifts : int array, shape (P, d)
        The most probable shift of a copy in the patch.
    probabilities : array, shape (P,)
        Its probability.
    near : array, shape (P,)
        Probability of all shifts within one sample of it along every axis.
    prior_empty : float
        Share of empty patches, given or estimated.
    loglik : float
        Log-likelihood per patch.
    spacing : str
        That of the measurement.
    margin : int
        Samples by which a copy shows beyond its window, on each side, and a patch is wider than it.
    """

    window: Window
    micrographs: np.ndarray
    patches: np.ndarray
    empty: np.ndarray
    shifts: np.ndarray
    probabilities: np.ndarray
    near: np.ndarray
    prior_empty: float
    loglik: float
    spacing: str = DEFAULT_SPACING
    margin: int = 0

    @property
    def corners(self) -> np.ndarray:
        """First sample of the window of the copy that each patch would show, shape (P, d)."""
        return np.asarray(self.patches + self.shifts + self.margin)

    @property
    def called_empty(self) -> np.ndarray:
        """Whether the empty overlap is the most probable of all, shape (P,)."""
        return np.asarray(self.empty >= self.probabilities)


def pick(
    measurement: Measurement,
    x: np.ndarray,
    *,
    prior: np.ndarray | None = None,
    poses: int | None = None,
    grids: int = 1,
    least: float = -np.inf,
    subsamples: int = 1,
) -> Picks:
    """The posterior of the overlaps of every patch, with the object x known.

    Parameters
    ----------
    measurement : Measurement
        With sigma.
    x : array, shape (n,)
    prior : array, shape (S + 1,), or None
        rho over the overlaps, the empty one last. None: uniform over the shifts, with the share of
        empty patches estimated, see `estimated_empty_share`.
    poses : int or None
        K; the space's own number where None.
    grids : int
        Patches are cut from so many shifted grids; with several some patch sees nearly all of each
        copy.
    least : float
        Nats of `evidence_of_copies` below which every patch is called empty; with a prior given
        that is not asked.
    subsamples : int
        Fractions of a sample along each axis at which a copy may lie, as of `em`.

    Raises
    ------
    InputError
        If sigma is not known, x has not n finite coefficients, or there is no such number of poses
        or grids.
    """
    space, window, sigma = measurement.space, measurement.space.window, measurement.sigma
    if sigma is None:
        raise InputError("sigma is not known: expected a positive number")
    if x.shape != (space.size,) or not np.isfinite(x).all():
        raise InputError(
            f"an object of shape {x.shape} for space '{space.name}':"
            f" expected {space.size} finite coefficients"
        )
    count = space.default_poses if poses is None else poses
    if count < 1:
        raise InputError(f"poses {count}: expected at least 1")
    if not 1 <= grids <= window.size:
        raise InputError(f"grids {grids}: expected 1 to {window.size}")
    if subsamples < 1:
        raise InputError(f"subsamples {subsamples}: expected at least 1")
    forward = measurement.forward.between_samples(subsamples)
    grid = forward.poses(count)
    given = _even(len(forward.support.shifts)) if prior is None else prior
    weights, share, parts, places = forward.pose_weights(grid), float(given[-1]), [], []
    offsets = shifted_grids(forward.support, grids)
    for group, patches in forward.patches(measurement.stack, offsets):
        by_shift = suited(PassByShift(), patches)
        source, templates = PatchSource.of(patches, by_shift), forward.project(x, grid, group)
        arguments = templates, given, sigma, forward.support, weights
        parts.append(map_shifts(source, *arguments, by_shift))
        places.append(patches.places(0, len(patches)))
    found = MapShifts.joined(parts)
    if prior is None:
        log_ratios = found.log_seen - found.log_empty
        nothing = not x.any() or evidence_of_copies(log_ratios, grids) < least
        share = 1.0 if nothing else estimated_empty_share(log_ratios)
        found = found.reweighted(FIRST_EMPTY_SHARE, share)
    micrographs, corners = (np.concatenate(part) for part in zip(*places, strict=True))
    seen = 1 - found.empty
    return Picks(
        window=window,
        micrographs=micrographs,
        patches=corners,
        empty=found.empty,
        shifts=found.shifts,
        probabilities=seen * found.shares,
        near=seen * found.near,
        prior_empty=share,
        loglik=float(found.log_evidence.mean()),
        spacing=measurement.spacing,
        margin=forward.margin,
    )


def _even(shifts: int) -> np.ndarray:
    """rho uniform over so many shifts, with the share that the estimate starts from."""
    return np.append(np.full(shifts, (1 - FIRST_EMPTY_SHARE) / shifts), FIRST_EMPTY_SHARE)


def evidence_of_copies(log_ratios: np.ndarray, grids: int = 1) -> float:
    """Nats by which patches are likelier with copies of the object than without, for shares s of
    patches with a copy that are equally likely before, `TRIED_SHARES`:

        log mean_s exp(sum_p log(1 - s + s r_p) / G).

    In patches of noise alone, of known sigma, its exponential has a mean of at most 1, so it
    exceeds log(1/alpha) in a share alpha of measurements at most; patches of each of G grids are
    independent. See `mtdbench.estimators.em.evidence`.

    Parameters
    ----------
    log_ratios : array, shape (P,)
        log r_p, as in `estimated_empty_share`.
    grids : int
        G.
    """
    logs = [
        np.sum(np.logaddexp(np.log1p(-share), np.log(share) + log_ratios)) / grids
        for share in TRIED_SHARES
    ]
    return float(logsumexp(logs) - np.log(len(logs)))


def estimated_empty_share(log_ratios: np.ndarray) -> float:
    """The share e of empty patches by EM, with nothing else free, from e = 1/2.

    With the ratios r_p = p(patch_p | a copy) / p(patch_p | empty), which do not depend on e, an
    update is e <- mean_p e / (e + (1 - e) r_p): no other pass over the patches.

    Parameters
    ----------
    log_ratios : array, shape (P,)
        log r_p.
    """
    share = FIRST_EMPTY_SHARE
    for _ in range(EMPTY_SHARE_UPDATES):
        before, share = share, float(expit(logit(share) - log_ratios).mean())
        share = float(np.clip(share, SETTLED_SHARE, 1 - SETTLED_SHARE))
        if abs(share - before) < SETTLED_SHARE:
            break
    return share
