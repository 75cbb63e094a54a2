"""Puts the page together: figures and numbers into the template, everything inline."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mtdbench.comparison.leaderboard_page import score_text
from mtdbench.comparison.scores import SCORES
from mtdbench.errors import InputError
from mtdbench.figures.draw import INDEX, draw_all
from mtdbench.figures.layout.panels import are_from_files
from mtdbench.figures.layout.style import looks
from mtdbench.files import write_text
from mtdbench.report import content
from mtdbench.report.interactive_curves import interactive_curves
from mtdbench.report.judged import judged_runs
from mtdbench.report.payload import packed_libraries, packed_runs
from mtdbench.report.story import failures_in_short, story
from mtdbench.results.later_stamps import report_stamp
from mtdbench.results.reader import FAILED, Results
from mtdbench.run.status import Status
from mtdbench.study.stamp import stamp_comment

SCRIPTS = ("unpack.js", "theme.js", "filters.js", "curves.js", "runs.js", "main.js")
"""The page's own script, in parts, in their order."""
ENLARGE = 1.3  # a figure's print size reads well on a screen at this scale


@dataclass(frozen=True)
class Shown:
    """A figure as the page holds it: an image inside an address, its width, its words."""

    title: str
    caption: str
    address: str
    width: int


def write_report(study_folder: Path, out: Path) -> None:
    """Write a study's report to `out`: one HTML file that needs no other and no network.

    The figures are taken from the study's folder `figures`, and drawn where they are not there.

    Raises
    ------
    InputError
        If the folder holds no readable table, or `out` cannot be written.
    """
    results = Results.load(study_folder)
    table = results.table
    page = _template().render(
        name=results.name,
        summary=content.summary(table),
        story=story(results.whole, results.references),
        failed=list(failures_in_short(table, table["status"].isin(FAILED))),
        sweeps=_sweeps(results, study_folder),
        standings=content.study_rankings(results),
        scores=SCORES,
        failures=content.listed(table[table["status"].isin(FAILED)]),
        unfinished=content.listed(table[table["status"] == Status.BUDGET]),
        estimators=list(dict.fromkeys(table["estimator"])),
        statuses=list(dict.fromkeys(table["status"])),
        runs=packed_runs(results),
        libraries=packed_libraries(),
        facts=content.facts(results),
        first_command=content.first_command(results),
        source=results.provenance.get("source") or "",
        style=_asset("report.css"),
        script="\n".join(map(_asset, SCRIPTS)),
    )
    write_text(out, page + stamp_comment(report_stamp(study_folder)))


def _sweeps(results: Results, study_folder: Path) -> list[dict[str, Any]]:
    figures = _figures(study_folder)
    found, whole = [], results.whole
    styles = looks(whole, results.references)
    for sweep in results.sweeps:
        rows = results.table[results.table["sweep"] == sweep]
        found.append(
            {
                "name": sweep,
                "subject": content.subject(rows),
                "figures": [figure for owner, figure in figures if owner == sweep],
                "medians": content.medians(rows, results.references),
                "judged": judged_runs(rows) if are_from_files(rows) else None,
                "curves": interactive_curves(whole[whole["sweep"] == sweep], styles),
            }
        )
    return found


def _figures(study_folder: Path) -> list[tuple[str, Shown]]:
    """The figures of a study and the sweeps that they belong to."""
    folder = study_folder / "figures"
    try:
        return _read_figures(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return _drawn_figures(study_folder)


def _drawn_figures(study_folder: Path) -> list[tuple[str, Shown]]:
    """The same, drawn for the page alone."""
    try:
        with TemporaryDirectory() as temporary:
            draw_all(study_folder, Path(temporary))
            return _read_figures(Path(temporary))
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot draw the figures of '{study_folder}' in '{gettempdir()}': {reason}"
            " (expected a folder with room; TMPDIR names another)"
        ) from error


def _read_figures(folder: Path) -> list[tuple[str, Shown]]:
    found = []
    for entry in json.loads((folder / INDEX).read_text()):
        drawing = (folder / f"{entry['name']}.svg").read_bytes()
        address = "data:image/svg+xml;base64," + b64encode(drawing).decode()
        points = re.search(rb'<svg[^>]* width="([\d.]+)pt"', drawing)
        width = round(float(points[1]) * 4 / 3 * ENLARGE) if points else 800
        found.append((entry["sweep"], Shown(entry["title"], entry["caption"], address, width)))
    return found


def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("mtdbench.report", "browser"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["score"] = score_text
    return environment.get_template("report.html.j2")


def _asset(name: str) -> str:
    return files("mtdbench.report").joinpath("browser", name).read_text(encoding="utf-8")
