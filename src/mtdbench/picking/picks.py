"""What each patch of a measurement shows, once the object is known or estimated."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from mtdbench.errors import InputError
from mtdbench.likelihood.e_step import Source
from mtdbench.likelihood.map_shifts import best_views
from mtdbench.model.measurement import Measurement
from mtdbench.model.patches import Patches, shifted_grids
from mtdbench.model.shifts import views

EVEN = 0.5  # share of empty patches that the estimate starts from
UPDATES = 500
SETTLED = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Picks:
    """The most probable view of each of P patches; probabilities are summed over the poses.

    Attributes
    ----------
    window : int
        L.
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
    """

    window: int
    micrographs: np.ndarray
    patches: np.ndarray
    empty: np.ndarray
    shifts: np.ndarray
    probabilities: np.ndarray
    near: np.ndarray
    prior_empty: float
    loglik: float

    @property
    def corners(self) -> np.ndarray:
        """First sample of the copy that each patch would show, shape (P, d)."""
        return np.asarray(self.patches + self.shifts)

    @property
    def called_empty(self) -> np.ndarray:
        """Whether the empty view is the most probable of all views, shape (P,)."""
        return np.asarray(self.empty >= self.probabilities)


def pick(
    measurement: Measurement,
    x: np.ndarray,
    *,
    prior: np.ndarray | None = None,
    poses: int | None = None,
    grids: int = 1,
) -> Picks:
    """The posterior of the views of every patch, with the object x known.

    Parameters
    ----------
    measurement : Measurement
        With sigma.
    x : array, shape (n,)
    prior : array, shape (S + 1,), or None
        rho over the views, the empty one last. None: uniform over the shifts, with the share of
        empty patches estimated, see `empty_share`.
    poses : int or None
        K; the space's own number where None.
    grids : int
        Patches are cut from so many shifted grids; with several some patch sees nearly all of each
        copy.

    Raises
    ------
    InputError
        If sigma is not known, x has not n finite coefficients, or there is no such number of poses
        or grids.
    """
    space, ndim, sigma = measurement.space, measurement.space.ndim_measurement, measurement.sigma
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
    if not 1 <= grids <= space.window**ndim:
        raise InputError(f"grids {grids}: expected 1 to {space.window**ndim}")
    patches = Patches(measurement.stack, space.window, shifted_grids(space.window, ndim, grids))
    templates = space.project(x, space.poses(poses or space.default_poses))
    count = views(space.window, ndim).count
    given = _even(count - 1) if prior is None else prior
    found, share = best_views(Source.of(patches), templates, given, sigma, ndim), float(given[-1])
    if prior is None:
        share = empty_share(found.log_seen - found.log_empty)
        found = found.reweighted(EVEN, share)
    micrographs, corners = patches.places(0, len(patches))
    seen = 1 - found.empty
    return Picks(
        window=space.window,
        micrographs=micrographs,
        patches=corners,
        empty=found.empty,
        shifts=found.shifts,
        probabilities=seen * found.shares,
        near=seen * found.near,
        prior_empty=share,
        loglik=float(found.log_evidence.mean()),
    )


def _even(shifts: int) -> np.ndarray:
    """rho uniform over so many shifts, with the share that the estimate starts from."""
    return np.append(np.full(shifts, (1 - EVEN) / shifts), EVEN)


def empty_share(log_ratios: np.ndarray) -> float:
    """The share e of empty patches by EM, with nothing else free, from e = 1/2.

    With the ratios r_p = p(patch_p | a copy) / p(patch_p | empty), which do not depend on e, an
    update is e <- mean_p e / (e + (1 - e) r_p): no other pass over the patches.

    Parameters
    ----------
    log_ratios : array, shape (P,)
        log r_p.
    """
    share = EVEN
    for _ in range(UPDATES):
        before, share = share, float(expit(logit(share) - log_ratios).mean())
        share = float(np.clip(share, SETTLED, 1 - SETTLED))
        if abs(share - before) < SETTLED:
            break
    return share
