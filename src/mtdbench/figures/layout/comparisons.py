"""The data sets of a sweep that are looked at closely: their truths and estimates."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtdbench.figures.layout.painters import PICTURE_STYLES
from mtdbench.figures.layout.panels import Panel, are_from_files, described, examples
from mtdbench.figures.layout.picture_grid import Comparison, Picture
from mtdbench.figures.layout.plot import Subject
from mtdbench.results.reader import FAILED, Results

MOST_PICTURES = 4  # data sets of a figure
FIRST_TRIALS = (
    "Estimates, aligned, beside the truth: the first trial of each cell, not a chosen one."
    " Below each its relative error."
)
FIRST_MEASURED = (
    "Estimates from files, beside what the mean of the particles looks like, the reference, if it"
    " looks like them: the first seed of each measurement, not a chosen one. Below each its"
    " correlation with the reference."
)


def by_window(subject: Subject) -> Iterator[tuple[str, Subject]]:
    """The subject in parts of one space and window each, named if there are several.

    The estimator `zero` is left out: there is nothing to see.
    """
    looks = {label: look for label, look in subject.looks.items() if look.method != "zero"}
    rows = subject.rows[subject.rows["estimator"].isin(looks)]
    groups = list(rows.groupby(["space", "window"], sort=True))
    for (space, window), group in groups:
        part = f"{space} L{window:g}" if len(groups) > 1 else ""
        yield part, replace(subject, rows=group, looks=looks)


def comparisons(subject: Subject) -> list[Comparison]:
    """The first trials of at most `MOST_PICTURES` cells, as far as their truths were kept."""
    found = [comparison(panel, subject) for panel in examples(subject.rows, MOST_PICTURES)]
    return [one for one in found if one is not None]


def comparison(panel: Panel, subject: Subject) -> Comparison | None:
    """What there is to show of the first trial of a cell; None if its truth was not kept."""
    cell, trial = str(panel.rows["cell"].iloc[0]), int(panel.rows["trial"].min())
    measured, results = are_from_files(panel.rows), subject.results
    first = panel.rows[panel.rows["trial"] == trial]
    truth, called = results.truth(cell, trial), "truth"
    if measured:
        truth, called = _in_place_of_truth(results, cell, trial, list(first["estimator"]))
    if truth is None or truth.ndim not in PICTURE_STYLES:
        return None
    scores = first["correlation"] if measured else first["error"]
    word = "correlation" if measured else "error"
    estimates = {
        label: Picture(results.estimate(cell, trial, label), _verdict(float(score), status, word))
        for label, score, status in zip(first["estimator"], scores, first["status"], strict=True)
    }
    shared = first.iloc[0]
    words = [described(axis, shared[axis]) for axis in ("snr", "size")[measured:]]
    title = "\n".join(dict.fromkeys(filter(None, [*re.split(", |\n", panel.title), *words])))
    return Comparison(title, truth, estimates, called)


def _in_place_of_truth(
    results: Results, cell: str, trial: int, labels: list[str]
) -> tuple[np.ndarray | None, str]:
    """What estimates from files are shown beside, and what it is called: the reference, or, where
    there is none that looks like them, the first of them.
    """
    found = [results.estimate(cell, trial, label) for label in labels]
    first = next((array for array in found if array is not None), None)
    reference = results.reference(cell, trial)
    if reference is not None and (first is None or first.shape == reference.shape):
        return reference, "reference"
    return first, "first estimate"


def _verdict(score: float, status: str, word: str) -> str:
    value = f"{word} {score:.3g}" if np.isfinite(score) else ""
    return f"{value} ({status})".strip() if status in FAILED else value or str(status)
