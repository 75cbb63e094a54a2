"""Alignment of volumes over rotations, reflections and translations."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mtdbench.spaces.volume import rotations
from mtdbench.spaces.volume.basis import ShellBasis
from mtdbench.spaces.volume.generators import by_rotation, by_translation
from mtdbench.spaces.volume.harmonics import rotate_harmonics

SEARCHED = 4608  # rotations, about 16 degrees apart
SEARCHED_DEGREE = 8  # what is finer does not help to find the hill
FARTHEST_TRANSLATION = 2  # samples along each axis
REFINED = 6  # candidates
MOST_REFINEMENTS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a volume was moved onto another.

    Attributes
    ----------
    x : array, shape (n,)
        The moved coefficients.
    pose : array, shape (4,)
        The rotation, after the reflection through the origin if `mirrored`.
    shift : array, shape (3,)
        The translation after that, in samples along x, y, z.
    mirrored : bool
    distance : float
        ||x - truth||.
    """

    x: np.ndarray
    pose: np.ndarray
    shift: np.ndarray
    mirrored: bool
    distance: float


def align_volumes(shells: ShellBasis, x: np.ndarray, truth: np.ndarray) -> Alignment:
    """x rotated, reflected and translated so that ||x' - truth|| is smallest.

    The correlation with the truth on a grid of rotations and whole translations is one matrix
    product for each degree; its best points are refined by Levenberg-Marquardt steps.
    """
    still = (x, rotations.IDENTITY, np.zeros(3), False)
    unmoved = Alignment(*still, distance=float(np.linalg.norm(x - truth)))
    starts = [still, *_candidates(shells, x, truth)]
    alignments = [unmoved, *(_refined(shells, *start, truth) for start in starts)]
    return min(alignments, key=lambda alignment: alignment.distance)


@lru_cache(maxsize=1)
def _table() -> tuple[np.ndarray, list[np.ndarray]]:
    """The rotations of the search, and D^l of each as rows of (2 l + 1)^2 numbers."""
    poses = rotations.grid(SEARCHED)
    euler = rotations.angles(poses)
    matrices = [
        rotate_harmonics(np.eye(orders)[None], euler)
        for orders in range(1, 2 * SEARCHED_DEGREE + 2, 2)
    ]
    return poses, [matrix.reshape(SEARCHED, -1).astype(np.float32) for matrix in matrices]


def _candidates(
    shells: ShellBasis, x: np.ndarray, truth: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, bool]]:
    """x or its reflection, a pose, a translation (x, y, z) and whether it is the reflection, for
    each of the best grid points.

    <translated D(R) x, truth> = sum_l <D^l(R), truth_l x_l^T>, with the truth translated back.
    """
    poses, table = _table()
    shifts = np.indices((2 * FARTHEST_TRANSLATION + 1,) * 3).reshape(3, -1).T - float(
        FARTHEST_TRANSLATION
    )
    targets = shells.translate_circularly(truth[None], -shifts)
    scores = [np.zeros((len(poses), len(shifts))) for _ in range(2)]  # of even and odd degrees
    for degree, ((_, own), (_, theirs)) in enumerate(
        zip(shells.by_degree(x), shells.by_degree(targets), strict=True)
    ):
        if degree <= SEARCHED_DEGREE:
            pairs = np.einsum("tms,ns->tmn", theirs, own).reshape(len(shifts), -1)
            scores[degree % 2] += table[degree] @ pairs.T.astype(np.float32)
    scored = []
    for mirrored, score in ((False, scores[0] + scores[1]), (True, scores[0] - scores[1])):
        start = np.where(shells.odd, -x, x) if mirrored else x
        best = score.argmax(axis=1)  # the best translation of each rotation
        top = score[np.arange(len(poses)), best]
        scored += [
            (top[i], (start, poses[i], shifts[best[i]], mirrored))
            for i in np.argsort(-top)[:REFINED]
        ]
    scored.sort(key=lambda candidate: -candidate[0])
    return [start for _, start in scored[:REFINED]]


def _refined(
    shells: ShellBasis,
    x: np.ndarray,
    pose: np.ndarray,
    shift: np.ndarray,
    mirrored: bool,
    truth: np.ndarray,
) -> Alignment:
    """Levenberg-Marquardt over three angles and three translations from one start."""

    def moved(pose: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (rotated,) = shells.rotate(x, pose[None])
        return rotated, shells.translate_circularly(rotated, shift)

    (rotated, current), damping = moved(pose, shift), 1e-3
    error = float(np.linalg.norm(current - truth))
    for _ in range(MOST_REFINEMENTS):
        rotation_slopes = shells.translate_circularly(by_rotation(shells, rotated), shift)
        slopes = np.concatenate([rotation_slopes, by_translation(shells, current)])
        gram, pull = slopes @ slopes.T, slopes @ (truth - current)
        ridge = damping * np.diag(gram) + 1e-12 * np.trace(gram) + np.finfo(float).tiny
        step = np.linalg.solve(gram + np.diag(ridge), pull)
        new_pose = rotations.compose(rotations.from_vector(step[:3])[None], pose[None])[0]
        new_rotated, proposal = moved(new_pose, shift + step[3:])
        reached = float(np.linalg.norm(proposal - truth))
        if reached < error:
            finished = error - reached < 1e-8 * error
            pose, shift, error = new_pose, shift + step[3:], reached
            rotated, current = new_rotated, proposal
            damping /= 5
            if finished:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    return Alignment(current, pose, shift, mirrored, error)
