"""Puts a study's rows together: the table, the history, and where they come from."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench import provenance
from mtdbench.errors import InputError
from mtdbench.evaluate.score import score_cell
from mtdbench.evaluate.scores_file import is_current, read_scores, scores_file
from mtdbench.files import replacing
from mtdbench.results.columns import HISTORY, TABLE
from mtdbench.results.later_stamps import ORIGIN, TABLES, table_stamp
from mtdbench.results.references import references_among
from mtdbench.results.tabulate import tabulate
from mtdbench.study.cells import Cell
from mtdbench.study.plan import Plan
from mtdbench.study.stamp import STAMP, sizes, write_stamped


def write_table(plan: Plan, source: str, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write `table.parquet`, `table.csv`, `history.parquet` and `study.json` of a study.

    Every planned run is a row. A cell without scores, or with scores of other runs or columns than
    those that are there, is scored here, so that runs whose job left nothing are rows too.

    Parameters
    ----------
    plan : Plan
        The study, written out.
    source : str
        Text of the study file.
    folder : Path
        The study's folder, `results/<study>`.
    """
    scores = current_scores(plan, plan.cells, folder)
    table, history = tables(scores)
    stamp = table_stamp(plan, [cell[STAMP] for cell in scores])
    for frame in (table, history):
        frame.attrs[STAMP] = stamp.facts()  # Parquet keeps it
    (folder / ORIGIN).unlink(missing_ok=True)  # it stands for complete tables
    _write(folder / "table.parquet", lambda path: table.to_parquet(path, index=False))
    _write(folder / "table.csv", lambda path: table.to_csv(path, index=False))
    _write(folder / "history.parquet", lambda path: history.to_parquet(path, index=False))
    facts = stamp.facts(files=sizes(folder, TABLES))
    write_stamped(folder / ORIGIN, facts, _origin(plan, source))
    return table, history


def current_scores(plan: Plan, cells: Iterable[Cell], folder: Path) -> list[dict[str, Any]]:
    """The scores of some cells, made anew where there are none that are current."""
    return [_scores_of(plan, cell.id, folder) for cell in cells]


def tables(scores: Sequence[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of some cells of a study, as in its table, and those of its history."""
    rows, snapshots = (
        [row for cell in scores for row in cell[name]] for name in ("table", "history")
    )
    return tabulate(rows, TABLE), tabulate(snapshots, HISTORY)


def _scores_of(plan: Plan, cell: str, folder: Path) -> dict[str, Any]:
    path = scores_file(folder, cell)
    with suppress(InputError):
        if is_current(plan, cell, folder):
            return read_scores(path)
    score_cell(plan, cell, folder, path)
    return read_scores(path)


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
