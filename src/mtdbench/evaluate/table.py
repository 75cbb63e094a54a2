"""Puts a study's rows together: the table, the history, and where they come from."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench import provenance
from mtdbench.evaluate.scores_file import scores_of
from mtdbench.files import replacing, write_json
from mtdbench.results.columns import HISTORY, TABLE
from mtdbench.results.references import references_among
from mtdbench.results.tabulate import tabulate
from mtdbench.study.cells import Cell
from mtdbench.study.plan import Plan


def write_table(plan: Plan, source: str, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write `table.parquet`, `table.csv`, `history.parquet` and `study.json` of a study.

    Every planned run is a row. A cell without scores, or with scores that have other columns than
    today's, is scored here, so that runs whose job left nothing behind are rows too.

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
    scores = [scores_of(plan, cell.id, folder) for cell in cells]
    rows, snapshots = (
        [row for cell in scores for row in cell[name]] for name in ("table", "history")
    )
    return tabulate(rows, TABLE), tabulate(snapshots, HISTORY)


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
        "references": references_among(batch.run.method for batch in plan.batches),
    }
    return {"study": plan.study.model_dump(mode="json"), "provenance": facts}
