"""How well picked particles agree with the marks of people."""

import math

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from mtdbench.picking.particle_marks import Marks

AT_A_MARK = 0.25
"""A pick is at a mark within this share of a diameter: half a radius."""


def mark_scores(
    micrographs: np.ndarray, places: np.ndarray, marks: Marks, near: float
) -> dict[str, float]:
    """Scores of picked places against the marks in micrographs that have any. Each mark counts
    once: picks and marks are assigned to each other, as many as go.

    Parameters
    ----------
    micrographs : int array, shape (T,)
        The number of the micrograph that each pick lies in.
    places : float array, shape (T, d)
        Middles of the picks, samples.
    marks : Marks
    near : float
        Samples by which a pick may lie off its mark, see `AT_A_MARK`.

    Returns
    -------
    dict
        `precision`, the share of the picks at a mark; `recall`, the share of the marks that are
        picked; `f1`, 2 hits / (picks + marks). NaN where there are no marks; with no picks,
        precision is NaN.
    """
    hits, picks, known = 0, 0, 0
    for number in marks.marked:
        found, true = places[micrographs == number], marks.of(number)
        picks, known = picks + len(found), known + len(true)
        if len(found) and len(true):
            distances = cdist(found, true)
            # A miss costs more than all hits together: there are as many hits as can be.
            miss = near * (1 + min(distances.shape))
            pairs = linear_sum_assignment(np.where(distances <= near, distances, miss))
            hits += int((distances[pairs] <= near).sum())
    return {
        "precision": hits / picks if picks and known else math.nan,
        "recall": hits / known if known else math.nan,
        "f1": 2 * hits / (picks + known) if known else math.nan,
    }
