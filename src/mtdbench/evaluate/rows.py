"""The rows of a study's table: one for every planned run, whatever happened to it."""

import math
from typing import Any

from mtdbench.run.job import Record
from mtdbench.study.plan import Batch
from mtdbench.study.schema import Study

PICKED = (
    *("pick_f1", "pick_positions", "pick_recall", "pick_precision"),
    *("pick_f1_truth", "pick_positions_truth", "pick_recall_truth", "pick_precision_truth"),
    *("pick_f1_trivial", "pick_positions_trivial"),
)
"""Scores of picking with the estimate, with the truth, and of trivial rules; see `mtdbench.evaluate
.picking_scores`. They are there only in sweeps with `picking: true`;
precision is NaN where no copy is found."""

SEPARATIONS = ("pairs_deviation",)
"""The largest deviation of the estimated xi from the true one, over all displacements at which a
window can see two copies; NaN where a method does not estimate it."""

BOUNDS = ("bound", "bound_uncertainty", "bound_known")
"""Root mean square relative errors that nobody falls below who sees patches on one grid, the
standard error of that value, and who knows places and poses; see `mtdbench.evaluate.cramer_rao`."""

COLUMNS = (
    *("study", "cell", "space", "ndim", "window", "size", "snr", "density", "spacing", "trial"),
    *("seed", "estimator", "options", "status", "reason", "error", "error_coefficients"),
    *("fsc_resolution", "efficiency", "iterations", "wall_seconds", "cpu_seconds"),
    *("setup_seconds", "peak_rss_mib", "threads", "device", "host", "version", "commit"),
    *("sweep", "method", "target", "basis", "sigma", "density_requested", "density_estimated"),
    *("sigma_estimated", "objective", "note", "half"),
    *BOUNDS,
    *PICKED,
    "target_used",
    *SEPARATIONS,
)
HISTORY = (
    *("study", "cell", "sweep", "space", "size", "snr", "trial", "estimator", "iteration"),
    *("wall_seconds", "cpu_seconds", "objective", "error", "error_coefficients"),
)
MEASURED = (
    *("wall_seconds", "cpu_seconds", "setup_seconds", "peak_rss_mib"),
    *("device", "host", "version", "commit"),
)
"""Columns that may differ when a study is repeated; all others are the same to the last bit."""


def row(
    study: Study,
    batch: Batch,
    trial: int,
    *,
    seed: int,
    ndim: int,
    dataset: dict[str, Any],
    record: Record,
    ran: dict[str, Any],
) -> dict[str, Any]:
    """The row of one run.

    Parameters
    ----------
    study, batch, trial
        The planned run.
    seed : int
        The estimator's seed.
    ndim : int
        Axes of the object that is estimated.
    dataset : dict
        Content of the data set's `dataset.json`; empty where there is none.
    record : Record
        What became of the run.
    ran : dict
        Threads, host, version and commit of the batch.
    """
    cell, last = batch.block.cell, record.snapshots[-1] if record.snapshots else None
    values: dict[str, Any] = dict.fromkeys(COLUMNS, math.nan)
    values.update(study=study.name, cell=cell.id, sweep=cell.sweep, space=cell.space, ndim=ndim)
    values.update(window=cell.window, size=cell.size, snr=cell.snr, spacing=cell.spacing)
    values.update(target=cell.target, basis=cell.basis, trial=trial, seed=seed)
    values.update(estimator=batch.run.label, method=batch.run.method)
    values.update(
        half=batch.run.half, options=batch.run.options_text, density_requested=_real(cell.density)
    )
    values.update(target_used=str(dataset.get("target_used", "")))
    values.update(density=_real(dataset.get("density")), sigma=_real(dataset.get("sigma")))
    values.update(status=record.status, reason=record.reason, iterations=record.iterations)
    values.update(wall_seconds=record.wall_seconds, cpu_seconds=record.cpu_seconds)
    values.update(setup_seconds=record.setup_seconds, peak_rss_mib=record.peak_rss_mib)
    values.update(threads=ran.get("threads", study.threads), device=record.device, note="")
    values.update({name: str(ran.get(name, "")) for name in ("host", "version", "commit")})
    if last:
        values.update(density_estimated=last.density, sigma_estimated=last.sigma)
        values.update(objective=last.objective, note=last.note)
    return values


def moment(study: Study, batch: Batch, trial: int, snapshot: dict[str, Any]) -> dict[str, Any]:
    """The history row of one snapshot, whose own columns are given."""
    cell = batch.block.cell
    values = {"study": study.name, "cell": cell.id, "sweep": cell.sweep, "space": cell.space}
    values.update(size=cell.size, snr=cell.snr, trial=trial, estimator=batch.run.label)  # type: ignore[call-overload]
    return {**values, **snapshot}


def _real(value: float | None) -> float:
    return math.nan if value is None else float(value)
