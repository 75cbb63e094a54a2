"""What a study found, in sentences and one small table: the first screen of its report."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import geometric_mean
from mtdbench.figures.layout.panels import are_from_files, described, short, varied, with_axes
from mtdbench.figures.layout.style import Look, looks
from mtdbench.report.findings import Ratio, SweepFinding, best_by_cell, findings, paired_errors
from mtdbench.report.format import NOTHING, enumeration, factor, number, ratio_text
from mtdbench.report.judged import judged_in_words
from mtdbench.report.sentence import Sentence

MOST_VALUES = 3  # of an axis that a sentence lists
MOST_NAMES = 3  # of estimators that tie
NEAR = 1.5  # times the bound: an error farther from it does not attain it, whatever its interval


@dataclass(frozen=True)
class StoryLine:
    """A line of the small table."""

    sweep: str
    place: str
    best: str
    ratio: str
    rival: str
    efficiency: str


@dataclass(frozen=True)
class Story:
    """The first screen: who leads over all, sentences for each sweep, lines of the table."""

    overall: str
    sweeps: Mapping[str, list[Sentence]]
    lines: list[StoryLine]


def story(table: pd.DataFrame, references: Collection[str]) -> Story:
    """The story of a study, from its runs on whole measurements."""
    table, styles = with_axes(table), looks(table, references)
    sentences: dict[str, list[Sentence]] = {}
    lines, every = [], []
    for name, rows in table.groupby("sweep", sort=False):
        if are_from_files(rows):
            sentences[str(name)] = list(judged_in_words(rows))
            continue
        found = findings(rows, styles)
        every += found
        sentences[str(name)] = [sentence(one, rows, styles) for one in found]
        if not found:
            rivals = any(not styles[label].is_reference for label in rows["estimator"].unique())
            claim = "No estimator gave an error" if rivals else "Only references ran"
            sentences[str(name)] = [Sentence(claim, ".")]
        lines += [story_line(str(name), one, rows) for one in found]
    return Story(overall(best_by_cell(paired_errors(table, styles)), every), sentences, lines)


def overall(bests: Mapping[str, str], every: list[SweepFinding]) -> str:
    """Who has the smallest error in most cells; nothing where there was no choice."""
    if len(bests) < 2 or not any(found.ties or found.beaten for found in every):
        return ""
    counts = Counter(bests.values())
    most = max(counts.values())
    names = [name for name, count in counts.items() if count == most]
    verb, each = ("have", " each") if len(names) > 1 else ("has", "")
    return f"{enumeration(names)} {verb} the smallest error in {most} of {len(bests)} cells{each}."


def sentence(found: SweepFinding, rows: pd.DataFrame, looks: Mapping[str, Look]) -> Sentence:
    """A finding in words."""
    best, place = found.best, where(found.cells, rows)
    rival, ratio = nearest(found)
    if rival is None:
        alone = "is the only estimator" if found.rivals == 1 else "alone gave an error"
        numbers = f"its error is {number(found.error)}{_beside_oracle(found, rows, looks)}"
        return Sentence(f"{best} {alone}{place}", f": {numbers}.{_bound(found)}")
    if found.ties:
        after = ", the next best" if found.beaten else ""
        numbers = f": the error of {best} is {ratio_text(ratio)} times that of {rival}{after}"
        return Sentence(f"{tied(found)} tie{place}", f"{numbers}.{_bound(found)}")
    verb = "wins" if ratio.has_interval else "has the smallest error"
    single = "" if ratio.has_interval else ", on a single data set"
    numbers = f": its error is {ratio_text(ratio)} times that of {rival}{single}"
    return Sentence(f"{best} {verb}{place}", f"{numbers}.{_bound(found)}")


def nearest(found: SweepFinding) -> tuple[str | None, Ratio]:
    """The best of those that are beaten or, if none is, of those that tie."""
    others = found.beaten or found.ties
    return next(iter(others.items()), (None, Ratio(np.nan, np.nan, np.nan)))


def tied(found: SweepFinding) -> str:
    """The best estimator and those that tie with it, not too many of them."""
    names = [found.best, *found.ties]
    if (more := len(names) - MOST_NAMES) > 1:
        names = [*names[:MOST_NAMES], f"{more} others"]
    return enumeration(names)


def _beside_oracle(found: SweepFinding, rows: pd.DataFrame, looks: Mapping[str, Look]) -> str:
    """How many times the oracle's error that is, if it ran on the same cells."""
    oracle = [label for label, look in looks.items() if look.method == "oracle"]
    runs = rows[rows["cell"].isin(found.cells) & rows["estimator"].isin(oracle)]
    error = geometric_mean(runs["error"])
    return f", {factor(found.error / error)} times the oracle's" if np.isfinite(error) else ""


def _bound(found: SweepFinding) -> str:
    """Where the best estimator stands against the bound."""
    ratio, text = found.to_bound, ratio_text(found.to_bound)
    if not np.isfinite(ratio.value):
        return ""
    is_sure = ratio.has_interval
    if is_sure and ratio.is_one and ratio.value < NEAR:
        claim = "attains the Cramér-Rao bound"
    elif is_sure and ratio.high < 1:
        claim = "falls below the bound, which holds for unbiased methods"
    else:
        claim = "stays above the bound" if ratio.value > 1 else "is near the bound"
    return f" {found.best} {claim}: its error is {text} times it."


def where(cells: tuple[str, ...], rows: pd.DataFrame) -> str:
    """The place of these cells in their sweep, e.g. ` at SNR 1 to 10`; nothing if it is all."""
    axes, count = varied(rows), rows["cell"].nunique()
    if count == 1:
        return ""
    if len(axes) != 1:
        return " throughout" if len(cells) == count else f" in {len(cells)} of {count} cells"
    axis = axes[0]
    grid = sorted(rows[axis].unique())
    here = sorted(rows.loc[rows["cell"].isin(cells), axis].unique())
    first = described(axis, here[0])
    if len(here) == 1:
        return f" at {first}"
    start = grid.index(here[0])
    rest = [short(value) for value in here[1:]]
    if here == grid[start : start + len(here)]:
        return f" at {first} to {rest[-1]}"
    if len(here) <= MOST_VALUES:
        return f" at {enumeration([first, *rest])}"
    return f" in {len(cells)} of {count} cells"


def story_line(sweep: str, found: SweepFinding, rows: pd.DataFrame) -> StoryLine:
    """A finding as a line of the table; the efficiency is the bound over the error."""
    rival, ratio = nearest(found)
    bound = found.to_bound
    inverse = Ratio(1 / bound.value, 1 / bound.high, 1 / bound.low)
    place = where(found.cells, rows).strip().removeprefix("at ")
    return StoryLine(
        sweep=sweep,
        place=place,
        best=tied(found),
        ratio=NOTHING if rival is None else ratio_text(ratio),
        rival="" if rival is None else rival,
        efficiency=ratio_text(inverse) if np.isfinite(inverse.value) else NOTHING,
    )


def failures_in_short(table: pd.DataFrame, failed: pd.Series, most: int = 4) -> Iterator[str]:
    """What failed and why, those alike together, at most so many of them; most runs first."""
    rows = table[failed].fillna({"reason": ""})
    groups = rows.groupby(["estimator", "sweep", "status", "reason"], sort=False).size()
    ordered = list(groups.sort_values(ascending=False, kind="stable").items())
    for key, count in ordered[:most]:
        estimator, sweep, status, reason = cast(tuple[str, str, str, str], key)
        why = ", ".join(filter(None, [status, reason]))
        yield f"{estimator} on {sweep}, {count} run{'s' * (count > 1)}: {why}."
    if rest := sum(count for _, count in ordered[most:]):
        yield f"{rest} other run{'s' * (rest > 1)}: see the list of failures."
