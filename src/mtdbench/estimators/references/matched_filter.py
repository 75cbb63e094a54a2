"""The matched filter: someone who knows the object looks for its copies and averages them."""

from collections.abc import Iterator
from math import ceil

import numpy as np
from scipy.ndimage import maximum_filter

from mtdbench.errors import InputError
from mtdbench.estimators.declaration import declare
from mtdbench.estimators.options import at_least
from mtdbench.estimators.references.oracle import oracle
from mtdbench.files import release_pages
from mtdbench.model.measurement import Estimate, Measurement, Placement
from mtdbench.model.patches import every_window
from mtdbench.model.separations import least_separation
from mtdbench.model.suppression import suppress_non_maxima
from mtdbench.spaces import Window

SCORES_AT_ONCE = 2**22  # windows times poses
PEAKS_A_COPY = 8  # that are looked at for each copy that is looked for

Peaks = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Scores (m,), corners (m, d) and numbers of the poses (m,)."""


@declare(carries=("filter", "background", "pose law"))
def matched_filter(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    truth: np.ndarray,
    placement: Placement,
    poses: int | None = None,
    density: float | None = None,
    subsamples: int = 1,
) -> Iterator[Estimate]:
    """Least squares with the places and poses at which the true object fits best.

    The window at r fits pose g by <y_r, P_g x> - ||P_g x||^2 / 2, which is sigma^2 times the
    logarithm of the likelihood ratio of a copy there against none. Peaks are taken the highest
    first, each at least as far from the others as copies are, until they are as many as there are
    copies: of the placement nothing but this number is used. Where noise is strong, peaks are
    noise that looks like the object, and so does their mean: in noise alone too (*Einstein from
    noise*).

    Options
    -------
    poses : poses on the grid; None takes the space's own number.
    density : share of the samples that lie in the copies that are looked for, whether they are
        there or not; None for as many copies as there are.
    subsamples : fractions of a sample along each axis that places have, as of `em`.

    Source: Kreymer, Bendory, *Two-dimensional multi-target detection: an autocorrelation analysis
    approach*, the oracle that it is compared with; Henderson, *Avoiding the pitfalls of single
    particle cryo-electron microscopy: Einstein from noise*, PNAS 110 (2013).
    """
    at_least("matched-filter", 1, poses=poses, subsamples=subsamples)
    count = len(placement.corners)
    if density is not None:
        if not 0 < density <= 1:
            raise InputError(
                f"option density={density} of matched-filter: expected a number in (0, 1]"
            )
        count = max(1, round(density * measurement.samples.size / measurement.space.window.size))
    picked = matches(measurement, truth, count, poses, subsamples=subsamples)
    yield from oracle(measurement, rng, placement=picked)


def matches(
    measurement: Measurement,
    truth: np.ndarray,
    copies: int,
    poses: int | None = None,
    at_once: int = SCORES_AT_ONCE,
    subsamples: int = 1,
) -> Placement:
    """The places and poses of so many copies of a known object that fit best."""
    space, forward = measurement.space, measurement.forward.between_samples(subsamples)
    grid = forward.poses(poses or space.default_poses)
    distance = least_separation(space.window, measurement.spacing)
    most, found = PEAKS_A_COPY * ceil(copies / len(measurement.stack)), []
    groups = forward.group_of(np.arange(len(measurement.stack)))
    for group, y in zip(groups, measurement.stack, strict=True):
        templates = forward.project(truth, grid, int(group))
        fits = score_windows(y - forward.background, templates, forward.support, at_once)
        found.append(_peaks(*fits, most, distance))
        release_pages(measurement.samples)
    scores, corners, best = (np.concatenate(part) for part in zip(*found, strict=True))
    micrographs = np.repeat(np.arange(len(found)), [len(part) for part, _, _ in found])
    kept = np.sort(np.argsort(-scores, kind="stable")[:copies])
    found_poses, fractions = forward.split(grid[best[kept]])
    between = None if forward.fractions is None else fractions
    return Placement(corners[kept] + forward.margin, found_poses, micrographs[kept], between)


def score_windows(
    samples: np.ndarray, templates: np.ndarray, window: Window, at_once: int
) -> tuple[np.ndarray, np.ndarray]:
    """The score of the pose that fits best at each place of a micrograph, and its number."""
    (windows,) = every_window(samples[None], window)
    places = windows.shape[: window.ndim]
    half = np.sum(templates**2, axis=1) / 2
    scores, poses = np.empty(places), np.empty(places, dtype=np.int32)
    rows = max(1, at_once // (int(np.prod(places[1:])) * len(templates)))
    for top in range(0, places[0], rows):
        block = windows[top : top + rows]
        fits = block.reshape(-1, templates.shape[1]) @ templates.T - half
        best = fits.argmax(axis=1)
        shape = block.shape[: window.ndim]
        poses[top : top + rows] = best.reshape(shape)
        scores[top : top + rows] = np.take_along_axis(fits, best[:, None], 1).reshape(shape)
    return scores, poses


def _peaks(scores: np.ndarray, poses: np.ndarray, most: int, distance: tuple[int, ...]) -> Peaks:
    """What is left of the highest local maxima, at most so many, when the highest take away what is
    nearer to them.
    """
    flat = np.flatnonzero(scores == maximum_filter(scores, size=3))
    highest = flat[np.argsort(-scores.flat[flat], kind="stable")[:most]]
    highest.sort()
    corners = np.stack(np.unravel_index(highest, scores.shape), axis=1)
    apart = suppress_non_maxima(corners, scores.flat[highest], distance)
    return scores.flat[highest[apart]], corners[apart], poses.flat[highest[apart]]
