"""Puts a study's rows together: the table, the history, and where they come from."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench import provenance
from mtdbench.errors import InputError
from mtdbench.evaluate.rows import COLUMNS, HISTORY
from mtdbench.evaluate.score import read_scores, score_cell
from mtdbench.files import replacing, write_json
from mtdbench.study.plan import Cell, Plan

WHOLE = ("ndim", "window", "size", "trial", "seed", "iterations", "threads", "iteration", "half")
TEXT = (
    *("study", "cell", "sweep", "space", "spacing", "estimator", "options", "status", "reason"),
    *("device", "host", "version", "commit", "method", "target", "basis", "note"),
    "target_used",
)


def write_table(plan: Plan, source: str, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write `table.parquet`, `table.csv`, `history.parquet` and `study.json` of a study.

    Every planned run is a row. A cell without scores is scored here, so that runs whose job left
    nothing behind are rows too.

    Parameters
    ----------
    plan : Plan
        The study, written out.
    source : str
        Text of the study file.
    folder : Path
        The study's folder, `results/<study>`.
    """
    table, history = tables(plan, plan.cells, folder)
    _write(folder / "table.parquet", lambda path: table.to_parquet(path, index=False))
    _write(folder / "table.csv", lambda path: table.to_csv(path, index=False))
    _write(folder / "history.parquet", lambda path: history.to_parquet(path, index=False))
    write_json(folder / "study.json", _origin(plan, source))
    return table, history


def tables(plan: Plan, cells: Iterable[Cell], folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of some cells of a study, as in its table, and those of its history."""
    rows: list[dict[str, Any]] = []
    moments: list[dict[str, Any]] = []
    for cell in cells:
        scores = _scores(plan, cell.id, folder)
        rows += scores["table"]
        moments += scores["history"]
    return _frame(rows, COLUMNS), _frame(moments, HISTORY)


def _scores(plan: Plan, cell: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    path = folder / "scores" / f"{cell}.json"
    try:
        return read_scores(path)
    except InputError:
        score_cell(plan, cell, folder, path)
        return read_scores(path)


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """A table with these columns and with types that do not depend on what the rows hold."""
    frame = pd.DataFrame(rows, columns=list(columns))
    for name in columns:
        if name in WHOLE:
            frame[name] = frame[name].astype("int64")
        elif name in TEXT:
            frame[name] = frame[name].fillna("").astype(str)
        else:
            frame[name] = frame[name].astype("float64")
    return frame


def _write(path: Path, write: Callable[[Path], None]) -> None:
    with replacing(path) as temporary:
        write(temporary)


def _origin(plan: Plan, source: str) -> dict[str, Any]:
    facts = {
        "versions": provenance.versions(),
        "commit": provenance.commit(),
        "threads": plan.study.threads,
        **provenance.machine(),
        "source": source,
    }
    return {"study": plan.study.model_dump(mode="json"), "provenance": facts}
