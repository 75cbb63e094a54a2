"""Compares estimates with the truth; no other part of a study reads it.

A run that was stopped is judged by the last estimate that it had given; one that ended in NaN has
no error, since its answer is none.
"""

import json
import math
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.evaluate.dataset_bounds import bounds
from mtdbench.evaluate.relative_error import errors
from mtdbench.evaluate.rows import moment, row
from mtdbench.evaluate.separation_deviation import pairs_deviation, true_separations
from mtdbench.files import write_array, write_json, write_rendered
from mtdbench.model.coefficients import read_coefficients
from mtdbench.model.measurement import Placement
from mtdbench.run.batch import read_batch
from mtdbench.run.job import Record, Snapshot, decode
from mtdbench.spaces import Space, make_space
from mtdbench.study.plan import Batch, Cell, Plan
from mtdbench.study.recipes import estimator_seed
from mtdbench.study.schema import Study

if TYPE_CHECKING:
    from mtdbench.evaluate.study_picking import Picking

NOT_SCORED = dict.fromkeys(("error", "error_coefficients", "fsc_resolution"), math.nan)


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
    known = plan.cell(cell)

    @cache
    def picking(trial: int) -> "Picking | None":
        return _picking(known, folder / "data" / cell / str(trial)) if known.picking else None

    @cache
    def limits(trial: int) -> dict[str, float]:
        where = folder / "data" / cell / str(trial)
        return bounds(plan.study, known, trial, where, _facts(where / "dataset.json"))

    @cache
    def separated(trial: int) -> np.ndarray:
        placement = Placement.load(folder / "data" / cell / str(trial) / "placement.npz")
        return true_separations(
            placement, make_space(known.space, known.window, known.basis).window
        )

    table: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    for batch in plan.batches_of(cell):
        rows, moments = _score_batch(plan.study, batch, folder, picking, limits, separated)
        table += rows
        history += moments
    write_json(out, {"table": table, "history": history})


def batch_file(folder: Path, batch: Batch) -> Path:
    """Where the records of a batch are."""
    return folder / "runs" / f"{batch.id}.json"


def _score_batch(
    study: Study,
    batch: Batch,
    folder: Path,
    picking: "Callable[[int], Picking | None]",
    limits: Callable[[int], dict[str, float]],
    separated: Callable[[int], np.ndarray],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    cell = batch.block.cell
    space = make_space(cell.space, cell.window, cell.basis)
    try:
        records, ran = read_batch(batch_file(folder, batch))
    except (OSError, ValueError, KeyError, TypeError):
        records, ran = {}, {}
    table, history = [], []
    for trial in batch.block.trials:
        record = records.get(trial, Record("crashed", "its job left no result"))
        where = folder / "data" / cell.id / str(trial)
        truth = _truth(where, space)
        scores = [_score(space, snapshot, truth) for snapshot in record.snapshots]
        final = scores[-1] if scores and record.status != "diverged" else NOT_SCORED
        seed = estimator_seed(study, cell, trial)
        values = row(
            study, batch, trial, seed=seed, ndim=space.ndim,
            dataset=_facts(where / "dataset.json"), record=record, ran=ran,
        )  # fmt: skip
        picture = folder / "estimates" / cell.id / str(trial) / f"{batch.run.label}.npy"
        beside = picture.with_name(f"{batch.run.label}.pairs.npy")
        values |= {**final, **limits(trial), **_picked(record, picking(trial))}
        values["pairs_deviation"] = _pairs(record, partial(separated, trial), beside)
        if batch.run.half == 0 and values["error"] > 0:
            values["efficiency"] = values["bound"] / values["error"]
        table.append(values)
        history += [
            moment(study, batch, trial, {**_times(snapshot), **score})
            for snapshot, score in zip(record.snapshots, scores, strict=True)
        ]
        if scores and truth is not None:
            x = record.snapshots[-1].coefficients()
            write_rendered(picture, space.render(space.align(x, truth)))
        else:
            picture.unlink(missing_ok=True)
            picture.with_suffix(".mrc").unlink(missing_ok=True)
    return table, history


def _score(space: Space, snapshot: Snapshot, truth: np.ndarray | None) -> dict[str, float]:
    if truth is None:
        return NOT_SCORED
    found = errors(space, snapshot.coefficients(), truth)
    return {name: float(found[name]) for name in NOT_SCORED}


def _picking(cell: Cell, where: Path) -> "Picking | None":
    from mtdbench.evaluate.study_picking import Picking  # loads what scores alone do without

    return Picking.of(cell, where, _facts(where / "dataset.json").get("sigma", math.nan))


def _picked(record: Record, picking: "Picking | None") -> dict[str, float]:
    """The columns about picking; of a run without a usable estimate those of the truth alone."""
    if picking is None:
        return {}
    if not record.snapshots or record.status == "diverged":
        return picking.truth
    last = record.snapshots[-1]
    return picking.scores(last.coefficients(), last.sigma)


def _pairs(record: Record, separated: Callable[[], np.ndarray], beside: Path) -> float:
    """The column about the separations of copies; xi as estimated and as it is go to a file."""
    usable = bool(record.snapshots) and record.status != "diverged"
    if usable and record.snapshots[-1].pairs:
        found = decode(record.snapshots[-1].pairs)
        try:
            true = separated()
        except InputError:
            true = np.zeros(0)
        if found.shape == true.shape:
            write_array(beside, np.stack([found, true]))
            return pairs_deviation(found, true)
    beside.unlink(missing_ok=True)
    return math.nan


def _times(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "iteration": snapshot.iteration,
        "wall_seconds": snapshot.wall_seconds,
        "cpu_seconds": snapshot.cpu_seconds,
        "objective": snapshot.objective,
    }


def _truth(folder: Path, space: Space) -> np.ndarray | None:
    try:
        return read_coefficients(folder / "truth.npz", space)
    except InputError:
        return None


def _facts(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def read_scores(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What `score_cell` wrote.

    Raises
    ------
    InputError
        If the file is missing or not complete.
    """
    content = _facts(path)
    if not {"table", "history"} <= content.keys():
        raise InputError(f"cannot read scores from '{path}': expected what mtdbench score writes")
    return content
