"""Pages of the published tables: one for each study, its groups of runs sortable, its figures."""

import html
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench.figures.layout.bands import MEDIAN

GROUPS = {
    "sweep": "sweep",
    "space": "space",
    "window": "L",
    "size": "N",
    "snr": "SNR",
    "density": "density",
    "estimator": "estimator",
}
"""Columns that tell the groups of runs apart, and their heads."""

NUMBERS = ("runs", "median error", "low", "high", "CPU s", "MiB", "not ok")
GOOD = ("ok", "converged", "budget")
NOTE = """\
A line is the runs of one estimator in one cell: the median of the relative error, an interval of
at least 95 % for it (*low* to *high*), medians of CPU seconds and of the memory at its peak, and
the number of runs that did not end well. Click on a head to sort.
"""


def published_files(folder: Path) -> Iterator[tuple[str, str | Path]]:
    """A page for each study, and the files that it shows and offers."""
    for study in published_studies(folder):
        yield f"published/{study.name}.md", _page(study)
        for path in [*sorted(study.glob("*.png")), study / "table.csv", study / "study.json"]:
            yield f"published/{study.name}/{path.name}", path


def published_studies(folder: Path) -> list[Path]:
    """The folders of the published studies."""
    return sorted(path.parent for path in folder.glob("*/study.json"))


def studies_list(folder: Path) -> str:
    """A table of the published studies, with a link to the page of each."""
    lines = ["\n## The studies\n", "| study | runs | estimators |", "|---|---|---|"]
    for study in published_studies(folder):
        table = pd.read_parquet(study / "table.parquet", columns=["estimator"])
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(table["estimator"]))
        lines.append(f"| [{study.name}]({study.name}) | {len(table)} | {names} |")
    return "\n".join(lines) + "\n"


def _page(study: Path) -> str:
    facts = json.loads((study / "study.json").read_text())
    table = pd.read_parquet(study / "table.parquet")
    files = (
        f"{len(table)} runs. [table.csv]({study.name}/table.csv) has a row for each of them"
        f" ([columns](../columns.md)), [study.json]({study.name}/study.json) the study and where"
        f" it was run. {_made_by(facts)}\n"
    )
    parts = [f"# {study.name}\n", files, NOTE, _table(table), "## Figures\n"]
    for figure in json.loads((study / "figures.json").read_text()):
        name = f"{figure['name']}.png"
        if (study / name).is_file():
            parts.append(_figure(figure, f"{study.name}/{name}"))
    return "\n".join(parts)


def _made_by(facts: dict[str, Any]) -> str:
    known = [f"{name} {facts[name]}" for name in ("version", "commit") if facts.get(name)]
    return f"Made by mtdbench {', '.join(known)}." if known else ""


def _table(table: pd.DataFrame) -> str:
    """One line for each group of runs, as HTML that `sort.js` sorts; what all share comes first."""
    shared = [name for name in GROUPS if table[name].nunique(dropna=False) == 1]
    by = [name for name in GROUPS if name not in shared] or ["estimator"]
    lines = [[*key, *_numbers(group)] for key, group in table.groupby(by, sort=False, dropna=False)]
    rows = "\n".join(f"<tr>{_cells('td', line)}</tr>" for line in lines)
    head = _cells("th", [*(GROUPS[name] for name in by), *NUMBERS])
    same = ", ".join(f"{GROUPS[name]} {_written(table[name].iloc[0])}" for name in shared)
    return (
        (f"In all runs: {same}.\n\n" if same else "")
        + f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>\n{rows}\n'
        + "</tbody></table>\n"
    )


def _cells(kind: str, values: list[Any]) -> str:
    return "".join(f"<{kind}>{html.escape(_written(value))}</{kind}>" for value in values)


def _numbers(group: pd.DataFrame) -> list[Any]:
    errors = group["error"].dropna().to_numpy()
    low, high = MEDIAN.interval(errors) if len(errors) else (math.nan, math.nan)
    median = float(pd.Series(errors).median()) if len(errors) else math.nan
    return [
        *(len(group), median, low, high),
        *(group["cpu_seconds"].median(), group["peak_rss_mib"].median()),
        int((~group["status"].isin(GOOD)).sum()),
    ]


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else ""
    return str(value)


def _figure(figure: dict[str, Any], address: str) -> str:
    title, caption = figure["title"], figure["caption"]
    return f"### {title}\n\n![{title}]({address})\n\n{caption}\n"
