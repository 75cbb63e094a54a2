"""Which files of a study stand, and which are to be made anew, by what they say of themselves.

Snakemake makes what is missing. What is there but was made from something else, is not whole or is
lost is set aside first, with all that was made from it: file times and records play no part.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtdbench.evaluate.scores_file import scores_file, scores_stamp, scores_stand
from mtdbench.results.later_stamps import (
    FIGURES_STAMP,
    TABLE_FILES,
    are_figures_standing,
    are_tables_standing,
    drawing_stamp,
    figures_stamp,
    report_stamp,
    table_stamp,
)
from mtdbench.run.batch_file import batch_file, fallen_trials
from mtdbench.study.cells import blocks
from mtdbench.study.listing import listing_file, read_listing
from mtdbench.study.plan import Plan
from mtdbench.study.schema import Drawing
from mtdbench.study.stamp import read_stamp, read_stamp_comment


@dataclass(frozen=True)
class Fallen:
    """The files of a study that are there and do not stand.

    Attributes
    ----------
    listings, batches, scores, rest : list of Path
        Lists of data sets, records of batches, scores, and tables, figures and report.
    """

    listings: list[Path] = field(default_factory=list)
    batches: list[Path] = field(default_factory=list)
    scores: list[Path] = field(default_factory=list)
    rest: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[Path]:
        yield from (*self.rest, *self.scores, *self.batches, *self.listings)

    @property
    def words(self) -> str:
        """How many there are of each, for whoever waits for them."""
        counts = {
            "blocks of data sets": len(self.listings),
            "batches of runs": len(self.batches),
            "scores": len(self.scores),
            "tables, figures and report": len(self.rest),
        }
        return ", ".join(f"{name} ({count})" for name, count in counts.items() if count)


def fallen_files(plan: Plan, folder: Path) -> Fallen:
    """Compare what the files of a study say with what is planned."""
    fallen = Fallen()
    scores = {
        cell.id: facts
        for cell in plan.cells
        if (facts := _scores_that_stand(plan, cell.id, folder, fallen))
    }
    _later_files(plan, folder, scores, fallen)
    for figure in plan.study.figures:
        fallen.rest.extend(_present(_drawing_files(plan, figure, folder, scores)))
    return fallen


def _scores_that_stand(plan: Plan, cell: str, folder: Path, fallen: Fallen) -> dict[str, Any]:
    """The stamp of a cell's scores; empty where they are to be made.

    Scores that are to be made need all data of their cell. A block that has to be simulated for
    them makes Snakemake run its batches too: these take over the records that stand.
    """
    cell_blocks = blocks(plan.study, plan.cell(cell))
    data = {b.name: str(read_listing(plan.study, b, folder).get("data", "")) for b in cell_blocks}
    batches = plan.batches_of(cell)
    stamps = [read_stamp(batch_file(folder, batch)) for batch in batches]
    undone = {
        batch.id
        for batch, facts in zip(batches, stamps, strict=True)
        if fallen_trials(plan.study, batch, facts, data[batch.block.name])
    }
    facts = read_stamp(scores_file(folder, cell))
    if not undone and scores_stand(scores_stamp(plan, cell, stamps), facts, folder):
        return facts
    again = [batch for batch in batches if batch.id in undone or not data[batch.block.name]]
    fallen.scores.extend(_present([scores_file(folder, cell)]))
    fallen.batches.extend(_present(batch_file(folder, batch) for batch in again))
    fallen.listings.extend(
        _present(listing_file(folder, b) for b in cell_blocks if not data[b.name])
    )
    return {}


def _later_files(
    plan: Plan, folder: Path, scores: dict[str, dict[str, Any]], fallen: Fallen
) -> None:
    """Tables, figures and report, by the stamps of the scores that stand."""
    stand = all(cell.id in scores for cell in plan.cells)
    stamp = table_stamp(plan, [scores[cell.id] for cell in plan.cells] if stand else [])
    report, figures = folder / "report.html", folder / "figures"
    if not (stand and are_tables_standing(stamp, folder)):
        later = [*(folder / name for name in TABLE_FILES), figures, report]
    elif not are_figures_standing(figures_stamp(folder), figures / FIGURES_STAMP):
        later = [figures, report]
    elif not report_stamp(folder).matches(read_stamp_comment(report)):
        later = [report]
    else:
        later = []
    fallen.rest.extend(_present(later))


def _drawing_files(
    plan: Plan, figure: Drawing, folder: Path, scores: dict[str, dict[str, Any]]
) -> list[Path]:
    """The files of a named figure, if it does not stand."""
    cells = [cell.id for cell in plan.cells_of(figure)]
    drawn = folder / "drawn"
    if all(cell in scores for cell in cells):
        stamp = drawing_stamp(plan, figure.name, [scores[cell] for cell in cells])
        if are_figures_standing(stamp, drawn / f"{figure.name}.json"):
            return []
    return [drawn / f"{figure.name}.{kind}" for kind in ("json", "png", "svg", "pdf")]


def forget_future(plan: Plan, folder: Path, now: float) -> None:
    """Give the files of a study that are from the future the time `now`, in seconds.

    After a clock went back, Snakemake would refuse whatever is made of them.
    """
    figures = folder / "figures"
    paths = [
        *(listing_file(folder, block) for block in plan.blocks),
        *(batch_file(folder, batch) for batch in plan.batches),
        *(scores_file(folder, cell.id) for cell in plan.cells),
        *(folder / name for name in TABLE_FILES),
        *(figures, figures / ".snakemake_timestamp"),
    ]
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime > now:
                os.utime(path, (now, now))


def _present(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]
