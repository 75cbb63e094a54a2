"""The leaderboard as a page of Markdown, written from published tables."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mtdbench.comparison.scores import SCORES
from mtdbench.comparison.standings import FEWEST, Ranking, Standing, rankings
from mtdbench.comparison.tracks import Track, tracks
from mtdbench.errors import InputError
from mtdbench.results.reader import Results

BOARD_INTRODUCTION = """\
# Leaderboard

Written by `mtdbench leaderboard results/published --out docs/leaderboard.md` from the published
tables; not to be edited here. [How to submit a row](leaderboard-submit.md).

Estimators are compared on the data sets that they share, by an additive model of the logarithms
(difficulty of the data set + effect of the estimator), which is the paired comparison where all of
them ran. Scores are multiples: less is better. Intervals hold 95 %; they come from the bootstrap
over cells (of reach: over the trials of each sweep). Estimators that cannot be told from the first
of a rank share it. Who ran in fewer than {fewest} cells has no rank and no interval. References,
which are told something that no estimator knows, or estimate nothing, are shown apart.
"""


def published_studies(folder: Path) -> list[Results]:
    """The studies in the folders of a folder, in the order of their names, but for those of faults:
    what an estimator does with a measurement that is not as the model says is no rank of it.

    Raises
    ------
    InputError
        If there is none, or one cannot be read.
    """
    tables = sorted(folder.glob("*/table.parquet"))
    if not tables:
        raise InputError(f"no tables in '{folder}': expected folders of studies, each with a table")
    studies = (Results.load(table.parent) for table in tables)
    return [study for study in studies if not any(s.get("faults") for s in _sweeps(study))]


def _sweeps(results: Results) -> list[dict[str, Any]]:
    """The sweeps of a study, as it recorded them."""
    sweeps = results.study.get("sweeps")
    return [s for s in sweeps if isinstance(s, dict)] if isinstance(sweeps, list) else []


def leaderboard_page(studies: list[Results]) -> str:
    """The page: for each track the rankings, then who the contestants are."""
    found = list(tracks(studies))
    scores = [f"- **{score.name}**: {score.definition}" for score in SCORES]
    lines = [BOARD_INTRODUCTION.format(fewest=FEWEST), *scores, ""]
    for track in found:
        lines += [f"## {track.name}", "", _extent(track.rows), ""]
        for ranking in rankings(track):
            lines += [*_ranking(ranking), ""]
    if found:
        lines += ["## Contestants", "", *_contestants(found)]
    return "\n".join(lines) + "\n"


def score_text(standing: Standing) -> str:
    """A score and its interval, as `1.9 (1.5 to 2.6)`."""
    words = f"{standing.score:.3g}"
    if not np.isfinite(standing.low) or np.isclose(standing.low, standing.high, rtol=1e-6):
        return words
    return f"{words} ({standing.low:.3g} to {standing.high:.3g})"


def _extent(rows: pd.DataFrame) -> str:
    cells = rows[["study", "cell"]].drop_duplicates()
    studies = ", ".join(f"`{name}`" for name in dict.fromkeys(cells["study"]))
    return f"{len(rows)} runs in {len(cells)} cells of {studies}."


def _ranking(ranking: Ranking) -> Iterator[str]:
    yield f"### {ranking.score.name.capitalize()}: {ranking.track}"
    yield ""
    yield f"| rank | estimator | {ranking.score.unit} | comparisons |"
    yield "|---|---|---|---|"
    for line in ranking.standings:
        rank = "reference" if line.is_reference else str(line.rank or "–")
        yield f"| {rank} | {_cell(line.name)} | {score_text(line)} | {line.units} |"


def _contestants(found: Iterable[Track]) -> Iterator[str]:
    """Who stands behind each name: the method, its options in each study, version, commit."""
    every = pd.concat([track.rows for track in found])
    yield "| estimator | method | options | studies |"
    yield "|---|---|---|---|"
    for (name, method, options), rows in every.groupby(["estimator", "method", "options"]):
        studies = ", ".join(dict.fromkeys(rows["study"]))
        yield f"| {_cell(name)} | {_cell(method)} | {_options(options)} | {_cell(studies)} |"


def _options(text: object) -> str:
    try:
        content = json.loads(str(text))
    except ValueError:
        content = text
    return f"`{_cell(json.dumps(content))}`" if content else ""


def _cell(text: object) -> str:
    """Text that cannot end a cell of a table, nor be taken for HTML."""
    words = " ".join(str(text).split()).replace("|", "\\|").replace("`", "'")
    return words.replace("<", "&lt;")
