"""What the report says, as plain lists and dictionaries for its template."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mtdbench.comparison.standings import Ranking, rankings
from mtdbench.comparison.tracks import tracks
from mtdbench.figures.layout.legend import trials_in_words
from mtdbench.figures.layout.panels import are_from_files, described, varied, with_axes
from mtdbench.figures.layout.style import looks
from mtdbench.report.format import NOTHING, duration, number
from mtdbench.report.repeat_command import command
from mtdbench.results.columns import JUDGED, TABLE, TEXT, headings
from mtdbench.results.reader import FAILED, Results
from mtdbench.run.status import Status

HEADINGS = headings()
TEXT_HEADINGS = {HEADINGS[c.name] for c in TABLE if c.name in HEADINGS and c.dtype == TEXT}
"""Heads of the big table, by column; and those of columns that hold words."""
UNSAID = ("auto", "")
NO_VALUES = pd.Series(dtype=float)
MISSING_LAST = "1e999"
"""What a cell without a number is sorted by."""


@dataclass(frozen=True)
class Summary:
    """The study in numbers: its size, how many runs failed, runs by status, the time they took."""

    size: str
    failed: str
    statuses: list[tuple[str, int]]
    time: str


@dataclass(frozen=True)
class Medians:
    """Median errors of a sweep: one line for each cell, one entry for each estimator."""

    estimators: list[str]
    lines: list[tuple[str, list["Median"]]] = field(default_factory=list)


@dataclass(frozen=True)
class Median:
    """The median error of one estimator in one cell, and what it leaves out."""

    text: str
    note: str
    is_best: bool
    order: float | str


def summary(table: pd.DataFrame) -> Summary:
    """Runs, estimators, data sets, cells; runs by status, those that ended as planned first."""
    counts = table["status"].value_counts()
    order = [*map(str, Status), *sorted(set(counts.index) - set(Status))]
    sets = table[["cell", "trial"]].drop_duplicates()
    numbers = (
        (len(table), "run"),
        (table["estimator"].nunique(), "estimator"),
        (len(sets), "data set"),
        (table["cell"].nunique(), "cell"),
    )
    runs, estimators, data, cells = (f"{n} {word}{'s' * (n != 1)}" for n, word in numbers)
    wall, cpu = (duration(float(table[f"{kind}_seconds"].sum())) for kind in ("wall", "cpu"))
    return Summary(
        f"{runs} of {estimators} on {data} in {cells}",
        f"{table['status'].isin(FAILED).sum()} of {runs}",
        [(status, int(counts[status])) for status in order if counts.get(status, 0)],
        f"{wall} of wall time, {cpu} of CPU time",
    )


def subject(rows: pd.DataFrame) -> str:
    """What a sweep is about, in one line: what all its cells share."""
    rows = with_axes(rows)
    changing = varied(rows)
    known = () if are_from_files(rows) else ("snr", "target_density")
    fixed = ("space", "window", "size", *known)
    words = [described(axis, rows[axis].iloc[0]) for axis in fixed if axis not in changing]
    for column, name in (("target", "target"), ("basis", "basis"), ("spacing", "")):
        if column in rows and rows[column].nunique() == 1 and rows[column].iloc[0] not in UNSAID:
            words.append(f"{name} {rows[column].iloc[0]}".strip())
    return ", ".join([*words, trials_in_words(rows)])


def medians(rows: pd.DataFrame, references: Collection[str]) -> Medians:
    """The median error over the trials of every cell and estimator of a sweep."""
    rows = with_axes(rows)
    styles = {k: v for k, v in looks(rows, references).items() if k in set(rows["estimator"])}
    axes = varied(rows) or ["size", "snr"]
    found = Medians(list(styles))
    for values, cell in rows.groupby(axes, sort=True, dropna=False):
        groups = {label: cell.loc[cell["estimator"] == label] for label in styles}
        middle = {label: _median(group["error"]) for label, group in groups.items()}
        rivals = [m for k, m in middle.items() if not styles[k].is_reference and np.isfinite(m)]
        best = min(rivals, default=np.nan)
        found.lines.append(
            (
                ", ".join(map(described, axes, values)),
                [
                    Median(
                        number(middle[label]),
                        _left_out(group),
                        not styles[label].is_reference and middle[label] == best,
                        middle[label] if np.isfinite(middle[label]) else MISSING_LAST,
                    )
                    for label, group in groups.items()
                ],
            )
        )
    return found


def _median(errors: pd.Series) -> float:
    finite = errors[np.isfinite(errors.astype(float))]
    return float(finite.median()) if len(finite) else float("nan")


def _left_out(rows: pd.DataFrame) -> str:
    """How many of the runs have an error, where it is not all of them."""
    scored = int(np.isfinite(rows["error"].astype(float)).sum())
    return f"{scored} of {len(rows)}" if 0 < scored < len(rows) else ""


def listed(table: pd.DataFrame) -> list[dict[str, str]]:
    """These runs and their reasons, those alike in one line, in the order of the table."""
    alike = ["status", "estimator", "cell", "reason"]
    return [
        dict(zip(alike, map(str, values), strict=True))
        | {"trials": ", ".join(map(str, sorted(group["trial"])))}
        for values, group in table.fillna({"reason": ""}).groupby(alike, sort=False)
    ]


def shown_columns(table: pd.DataFrame) -> list[str]:
    """The columns of the table of all runs; resolutions, and what judges measurements from files,
    only if there are any.
    """
    rarer = ("fsc_resolution", *JUDGED)
    empty = {name for name in rarer if table.get(name, NO_VALUES).isna().all()}
    return [name for name in HEADINGS if name in table and name not in empty]


def first_command(results: Results) -> str:
    """The command that repeats the first row; empty where there is none."""
    rows = results.table.head(1).to_dict("records")
    return command(rows[0], results.study) if rows else ""


def study_rankings(results: Results) -> list[Ranking]:
    """The study's own leaderboard."""
    return [ranking for track in tracks([results]) for ranking in rankings(track)]


def facts(results: Results) -> list[tuple[str, str]]:
    """Where, with what and from which seed the study was run."""
    known, table = results.provenance, results.table
    pairs = [("study", results.name), ("seed", number(results.study.get("seed")))]
    pairs += [
        (key, number(known.get(key)))
        for key in ("commit", "cpu", "cores", "host", "system", "threads")
        if known.get(key) is not None
    ]
    for column in ("host", "device", "threads", "version", "commit"):
        if column in table:
            ran = sorted({number(value) for value in table[column]} - {NOTHING})
            pairs += [(f"{column} of the runs", ", ".join(ran))] if ran else []
    versions = known.get("versions") or {}
    return pairs + [(f"version of {name}", str(version)) for name, version in versions.items()]
