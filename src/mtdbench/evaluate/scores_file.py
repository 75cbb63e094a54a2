"""Scores on disk, and whether they stand: made from the runs that are there, for these columns."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtdbench.errors import InputError
from mtdbench.files import read_facts
from mtdbench.results.columns import HISTORY, TABLE, columns_version
from mtdbench.results.tabulate import tabulate
from mtdbench.run.batch_file import batch_file
from mtdbench.run.status import Status
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.names import scores_name
from mtdbench.study.plan import Plan
from mtdbench.study.stamp import (
    STAMP,
    Stamp,
    are_whole,
    read_stamp,
    sizes,
    stamp_of,
    write_stamped,
)


def scores_file(folder: Path, cell: str) -> Path:
    """Where the scores of a cell are, below the study's folder."""
    return folder / "scores" / f"{cell}.json"


def scores_stamp(plan: Plan, cell: str, batches: Iterable[dict[str, Any]]) -> Stamp:
    """What the scores of a cell are to be made from, by the stamps of its batches in order."""
    seen = [[stamp_of(facts).key, facts.get("records")] for facts in batches]
    return Stamp(scores_name(plan, cell, columns_version()), fingerprint(seen))


def batch_stamps(plan: Plan, cell: str, folder: Path) -> list[dict[str, Any]]:
    """The stamps of the files of a cell's batches."""
    return [read_stamp(batch_file(folder, batch)) for batch in plan.batches_of(cell)]


def picture_files(plan: Plan, cell: str) -> list[str]:
    """The files beside a cell's scores that it may have, below the study's folder."""
    return [
        f"estimates/{cell}/{trial}/{batch.run.label}{suffix}"
        for batch in plan.batches_of(cell)
        for trial in batch.block.trials
        for suffix in (".npy", ".mrc", ".pairs.npy")
    ]


def write_scores(
    out: Path, stamp: Stamp, folder: Path, pictures: Iterable[str], rows: dict[str, Any]
) -> None:
    """Write the rows of `table` and `history` of a cell."""
    lost = sum(row["status"] == Status.LOST for row in rows["table"])
    facts = stamp.facts(lost=lost, files=sizes(folder, pictures))
    write_stamped(out, facts, {"columns": columns_version(), **rows})


def scores_stand(stamp: Stamp, facts: dict[str, Any], folder: Path) -> bool:
    """Whether scores with these facts in their file were made from the same as the stamp says, have
    no lost row, and have their pictures beside them.
    """
    return stamp.matches(facts) and not facts.get("lost") and are_whole(folder, facts.get("files"))


def read_scores(path: Path) -> dict[str, Any]:
    """What `score_cell` wrote: the rows of `table` and `history`, and the stamp.

    Raises
    ------
    InputError
        If the file is missing or not complete.
    """
    content = read_facts(path)
    try:
        for name, columns in (("table", TABLE), ("history", HISTORY)):
            tabulate(content[name], columns)
        stands = isinstance(content[STAMP], dict)
    except Exception:  # pandas may raise anything on rows that are none
        stands = False
    if not stands:
        raise InputError(f"cannot read scores from '{path}': expected what mtdbench score writes")
    return content


def is_current(plan: Plan, cell: str, folder: Path) -> bool:
    """Whether the scores of a cell, lost rows included, were made from the runs that are there."""
    stamp = scores_stamp(plan, cell, batch_stamps(plan, cell, folder))
    return stamp.matches(read_stamp(scores_file(folder, cell)))


def outdated_cells(plan: Plan, folder: Path) -> list[str]:
    """The cells of a study that have scores which are not current."""
    cells = [cell.id for cell in plan.cells if scores_file(folder, cell.id).exists()]
    return [cell for cell in cells if not is_current(plan, cell, folder)]
