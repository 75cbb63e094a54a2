"""What tables, figures and report are made from, and whether those in a folder were."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtdbench.study.names import drawing_name, study_name
from mtdbench.study.plan import Plan
from mtdbench.study.stamp import Stamp, are_whole, read_stamp, stamp_of, together

TABLES = ("table.parquet", "table.csv", "history.parquet")
ORIGIN = "study.json"
"""Written after the tables: it stands for complete ones, and has their stamp."""
TABLE_FILES = (*TABLES, ORIGIN)
FIGURES_STAMP = "made_from.json"
"""Written after all figures of a study, into their folder."""


def table_stamp(plan: Plan, scores: Iterable[dict[str, Any]]) -> Stamp:
    """What a study's tables are to be made from, by the stamps of its cells' scores."""
    return Stamp(study_name(plan), together(map(stamp_of, scores)))


def are_tables_standing(stamp: Stamp, folder: Path) -> bool:
    """Whether the tables in a folder are whole and were made from that."""
    facts = read_stamp(folder / ORIGIN)
    return stamp.matches(facts) and are_whole(folder, facts.get("files"))


def figures_stamp(folder: Path) -> Stamp:
    """What all figures of a study are to be made from: the tables that are there."""
    return Stamp("figures", stamp_of(read_stamp(folder / ORIGIN)).key)


def drawing_stamp(plan: Plan, figure: str, scores: Iterable[dict[str, Any]]) -> Stamp:
    """What one figure is to be made from, by the stamps of its cells' scores."""
    return Stamp(drawing_name(plan, figure), together(map(stamp_of, scores)))


def are_figures_standing(stamp: Stamp, index: Path) -> bool:
    """Whether a file that was written after some figures says so, and they are all beside it."""
    facts = read_stamp(index)
    return stamp.matches(facts) and are_whole(index.parent, facts.get("files"))


def report_stamp(folder: Path) -> Stamp:
    """What a study's report is to be made from: the tables that are there."""
    return Stamp("report", stamp_of(read_stamp(folder / ORIGIN)).key)
