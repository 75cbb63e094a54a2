"""Measurements from files, of which nobody knows the truth: what the report says of them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from mtdbench.report.format import number
from mtdbench.report.sentence import Sentence
from mtdbench.results.columns import JUDGED, headings

SEEN_PARTS = ("all", "first half", "second half")
"""Of a measurement, by the column `half`."""


@dataclass(frozen=True)
class JudgedRuns:
    """Scores of runs: a line for each, with its estimator, its seed, the part that it has seen, its
    status and the scores under their heads.
    """

    heads: list[str]
    lines: list[list[str]]


def judged_runs(rows: pd.DataFrame) -> JudgedRuns:
    """The table of a sweep, its runs on halves among them."""
    heads = [headings()[name] for name in JUDGED]
    lines = [
        [
            str(row["estimator"]), str(row["trial"]), SEEN_PARTS[int(row.get("half", 0))],
            str(row["status"]), *(number(row.get(name), 4) for name in JUDGED),
        ]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return JudgedRuns(heads, lines)


def judged_in_words(rows: pd.DataFrame) -> Iterator[Sentence]:
    """What is said first of a sweep, from its runs on all of a measurement: the medians over the
    seeds.
    """
    words = {
        "correlation": "correlation {} with the reference",
        "half_set_resolution": "half-set resolution {} samples",
        "mark_f1": "F1 {} of picks against the marks",
    }
    for label, runs in rows.groupby("estimator", sort=False):
        medians = [(form, float(runs[name].median())) for name, form in words.items()]
        said = [form.format(number(value)) for form, value in medians if not math.isnan(value)]
        claim = f"{label} on {len(runs)} seed{'s' * (len(runs) > 1)}"
        yield Sentence(claim, f": {', '.join(said) or 'no score'}.")
