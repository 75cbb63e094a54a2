"""Scores on disk: those that were written under other columns than today's are no longer used."""

from pathlib import Path
from typing import Any

from mtdbench.errors import InputError
from mtdbench.evaluate.score import score_cell
from mtdbench.files import read_facts
from mtdbench.results.tabulate import columns_version
from mtdbench.study.plan import Plan


def scores_file(folder: Path, cell: str) -> Path:
    """Where the scores of a cell are, below the study's folder."""
    return folder / "scores" / f"{cell}.json"


def read_scores(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What `score_cell` wrote: the rows of `table` and `history`.

    Raises
    ------
    InputError
        If the file is missing or not complete, or has other columns.
    """
    content = read_facts(path)
    if not {"table", "history"} <= content.keys():
        raise InputError(f"cannot read scores from '{path}': expected what mtdbench score writes")
    if content.get("columns") != columns_version():
        raise InputError(f"scores in '{path}' have other columns: expected today's")
    return {name: content[name] for name in ("table", "history")}


def is_outdated(path: Path) -> bool:
    """Whether a file holds scores, but such with other columns than today's."""
    content = read_facts(path)
    return "table" in content and content.get("columns") != columns_version()


def outdated_cells(plan: Plan, folder: Path) -> list[str]:
    """The cells of a study whose scores have other columns than today's."""
    return [cell.id for cell in plan.cells if is_outdated(scores_file(folder, cell.id))]


def scores_of(plan: Plan, cell: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The scores of a cell, made anew where there are none, or outdated ones."""
    path = scores_file(folder, cell)
    try:
        return read_scores(path)
    except InputError:
        score_cell(plan, cell, folder, path)
        return read_scores(path)
