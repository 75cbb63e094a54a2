"""Compares estimates with the truth, which no other part of a study reads, or, where nobody knows
it, with what judges a measurement from files.

A run that was stopped is judged by the last estimate that it had given; one that ended in NaN has
no error, since its answer is none.
"""

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.evaluate.file_dataset import FileDataset
from mtdbench.evaluate.judge import Judge
from mtdbench.evaluate.known_dataset import NO_ERRORS, KnownDataset
from mtdbench.evaluate.rows import history_row, row
from mtdbench.evaluate.scores_file import batch_stamps, picture_files, scores_stamp, write_scores
from mtdbench.evaluate.separation_deviation import pairs_deviation
from mtdbench.files import write_array, write_rendered
from mtdbench.results.columns import HISTORY, TABLE
from mtdbench.results.tabulate import complete_row
from mtdbench.run.batch_file import PlannedRun, batch_file, is_planned, read_batch
from mtdbench.run.job import Record, decode
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch, Run
from mtdbench.study.listing import read_listing
from mtdbench.study.plan import Plan
from mtdbench.study.recipes import estimator_seed
from mtdbench.study.stamp import read_stamp

Rows = list[dict[str, Any]]


def score_cell(plan: Plan, cell: str, folder: Path, out: Path) -> None:
    """Score every planned run of a cell, and write the rows of table and history to `out`.

    The last estimates, aligned and rendered, go to `estimates/<cell>/<trial>/<label>.npy`, volumes
    to `<label>.mrc` beside it too; where xi was estimated, `<label>.pairs.npy` holds it and the
    true one, see `mtdbench.evaluate.separation_deviation`.

    Raises
    ------
    InputError
        If the study has no such cell.
    """
    planned = plan.cell(cell)

    @cache
    def dataset(trial: int) -> Judge:
        known = plan.study, planned, trial, folder / "data" / cell / str(trial)
        if not planned.is_from_files:
            return KnownDataset(*known)
        return FileDataset(*known, _answers(plan, cell, folder, trial))

    # First, so that what changes from here on shows in the next comparison.
    stamp = scores_stamp(plan, cell, batch_stamps(plan, cell, folder))
    table: Rows = []
    history: Rows = []
    for batch in plan.batches_of(cell):
        runs = _planned_runs(plan, folder, batch)
        for trial in batch.block.trials:
            scored, snapshots = _score_run(batch, dataset(trial), runs.get(trial, GONE), folder)
            table.append(complete_row(scored, TABLE))
            history += [complete_row(snapshot, HISTORY) for snapshot in snapshots]
    rows = {"table": table, "history": history}
    write_scores(out, stamp, folder, picture_files(plan, cell), rows)


GONE = PlannedRun(Record(Status.LOST, "its job left no result"), 0, {})
"""What is said of a run without a record, or with one that was made from something else."""
UNJUDGED = PlannedRun(Record(Status.LOST, "its data set is not there to compare with"), 0, {})


def _planned_runs(plan: Plan, folder: Path, batch: Batch) -> dict[int, PlannedRun]:
    """The records of a batch, as far as they were made from what the study plans and from the data
    sets that are on disk.
    """
    path = batch_file(folder, batch)
    data = str(read_listing(plan.study, batch.block, folder).get("data", ""))
    if not data:
        return dict.fromkeys(batch.block.trials, UNJUDGED)
    try:
        return read_batch(path) if is_planned(batch, read_stamp(path), data) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _answers(plan: Plan, cell: str, folder: Path, trial: int) -> dict[str, np.ndarray]:
    """The coefficients that the runs on a data set ended with, by their labels."""
    runs = {b.run.label: _planned_runs(plan, folder, b).get(trial) for b in plan.batches_of(cell)
            if trial in b.block.trials}  # fmt: skip
    return {
        label: run.record.answer.coefficients()
        for label, run in runs.items()
        if run is not None and run.record.answer is not None
    }


def _score_run(
    batch: Batch, dataset: Judge, run: PlannedRun, folder: Path
) -> tuple[dict[str, Any], Rows]:
    """The columns of one run, and those of its snapshots."""
    study, cell, trial = dataset.study, dataset.cell, dataset.trial
    record = run.record
    errors = [dataset.errors(snapshot) for snapshot in record.snapshots]
    picture = folder / "estimates" / cell.id / str(trial) / f"{batch.run.label}.npy"
    _keep_picture(dataset, batch.run, record, picture)
    columns = row(
        study, batch, trial, seed=estimator_seed(study, cell, trial), ndim=dataset.space.ndim,
        dataset=dataset.facts, record=record, ran=run.ran,
    )  # fmt: skip
    columns |= errors[-1] if record.answer else NO_ERRORS
    columns |= dataset.columns(batch.run, record)
    columns["pairs_deviation"] = _pairs(record, dataset, picture.with_suffix(".pairs.npy"))
    if batch.run.half == 0 and columns["error"] > 0:
        columns["efficiency"] = columns.get("bound", math.nan) / columns["error"]
    snapshots = zip(record.snapshots, errors, strict=True)
    return columns, [history_row(study, batch, trial, *snapshot) for snapshot in snapshots]


def _keep_picture(dataset: Judge, run: Run, record: Record, picture: Path) -> None:
    """Write the last estimate, aligned and rendered; remove what an earlier run left there."""
    last = record.snapshots[-1].coefficients() if record.snapshots else None
    x = None if last is None else dataset.aligned(run, last)
    if x is not None:
        write_rendered(picture, dataset.space.render(x))
    else:
        picture.unlink(missing_ok=True)
        picture.with_suffix(".mrc").unlink(missing_ok=True)


def _pairs(record: Record, dataset: Judge, beside: Path) -> float:
    """The column about the separations of copies; xi as estimated and as it is go to a file."""
    if record.answer and record.answer.pairs:
        estimated, true = decode(record.answer.pairs), dataset.separations
        if estimated.shape == true.shape:
            write_array(beside, np.stack([estimated, true]))
            return pairs_deviation(estimated, true)
    beside.unlink(missing_ok=True)
    return math.nan
