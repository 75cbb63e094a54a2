"""The matched filter: someone who knows the object looks for its copies and averages them."""

from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter

from mtdbench.estimators.options import at_least
from mtdbench.estimators.references.oracle import oracle
from mtdbench.files import let_go
from mtdbench.model.measurement import Estimate, Measurement, Placement
from mtdbench.picking.particles import foremost
from mtdbench.simulate.placement import separation

SCORES = 2**22  # windows times poses at once
CANDIDATES = 8  # peaks that are looked at for each copy that is looked for


def matched_filter(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    truth: np.ndarray,
    placement: Placement,
    poses: int | None = None,
) -> Iterator[Estimate]:
    """Least squares with the places and poses at which the true object fits best.

    The window at r fits pose g by <y_r, P_g x> - ||P_g x||^2 / 2, which is sigma^2 times the
    logarithm of the likelihood ratio of a copy there against none. Peaks are taken the highest
    first, each at least as far from the others as copies are, until they are as many as there are
    copies: of the placement nothing but this number is used. Where noise is strong, peaks are
    noise that looks like the object, and so does their mean.

    Options
    -------
    poses : poses on the grid; None takes the space's own number.

    Source: Kreymer, Bendory, *Two-dimensional multi-target detection: an autocorrelation analysis
    approach*, the oracle that it is compared with.
    """
    at_least("matched-filter", 1, poses=poses)
    space = measurement.space
    grid = space.poses(poses or space.default_poses)
    templates = space.project(truth, grid)
    copies, distance = len(placement.corners), separation(space.window, measurement.spacing)
    most = CANDIDATES * ceil(copies / len(measurement.stack))
    found = []
    for y in measurement.stack:
        found.append(_peaks(y, templates, most, distance))
        let_go(measurement.samples)
    scores, corners, best = (np.concatenate(part) for part in zip(*found, strict=True))
    micrographs = np.repeat(np.arange(len(found)), [len(part) for part, _, _ in found])
    kept = np.sort(np.argsort(-scores, kind="stable")[:copies])
    picked = Placement(corners[kept], grid[best[kept]], micrographs[kept])
    yield from oracle(measurement, rng, placement=picked)


def _peaks(
    samples: np.ndarray, templates: np.ndarray, most: int, distance: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (m,), corners (m, d) and poses (m,) of the peaks of one micrograph that are left of
    its highest local maxima, at most so many, when the highest take away what is nearer to them.
    """
    window = round(templates.shape[1] ** (1 / samples.ndim))
    windows = sliding_window_view(samples, (window,) * samples.ndim)
    places = windows.shape[: samples.ndim]
    half = np.sum(templates**2, axis=1) / 2
    scores, poses = np.empty(places), np.empty(places, dtype=np.int32)
    rows = max(1, SCORES // (int(np.prod(places[1:])) * len(templates)))
    for top in range(0, places[0], rows):
        block = windows[top : top + rows]
        fits = block.reshape(-1, templates.shape[1]) @ templates.T - half
        best = fits.argmax(axis=1)
        poses[top : top + rows] = best.reshape(block.shape[: samples.ndim])
        scores[top : top + rows] = np.take_along_axis(fits, best[:, None], axis=1).reshape(
            block.shape[: samples.ndim]
        )
    flat = np.flatnonzero(scores == maximum_filter(scores, size=3))
    highest = flat[np.argsort(-scores.flat[flat], kind="stable")[:most]]
    highest.sort()
    corners = np.stack(np.unravel_index(highest, places), axis=1)
    apart = foremost(corners, scores.flat[highest], distance)
    return scores.flat[highest[apart]], corners[apart], poses.flat[highest[apart]]
