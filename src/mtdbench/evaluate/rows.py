"""The rows of a study's tables: one for every planned run, one for every snapshot."""

import json
import math
from collections.abc import Mapping
from typing import Any

from mtdbench.run.job import Record, Snapshot
from mtdbench.simulation.faults import NEUTRAL
from mtdbench.study.cells import Batch
from mtdbench.study.schema import Study


def row(
    study: Study,
    batch: Batch,
    trial: int,
    *,
    seed: int,
    ndim: int,
    dataset: dict[str, Any],
    record: Record,
    ran: Mapping[str, Any],
) -> dict[str, Any]:
    """The columns of one run that need no truth, see `mtdbench.results.columns`.

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
        Threads, host, version and commit of the run.
    """
    cell, run = batch.block.cell, batch.run
    return {
        "study": study.name,
        **{name: getattr(cell, name) for name in ("sweep", "space", "window", "size", "snr")},
        **{name: getattr(cell, name) for name in ("spacing", "target", "basis")},
        "cell": cell.id,
        **({"size": int(dataset.get("size", 0))} if cell.is_from_files else {}),
        "ndim": ndim,
        "trial": trial,
        "density_requested": _real(cell.density),
        "density": _real(dataset.get("density")),
        "sigma": _real(dataset.get("sigma")),
        **NEUTRAL,
        **json.loads(cell.faults),
        "remedies": " ".join(cell.remedies),
        "target_used": str(dataset.get("target_used", "")),
        "seed": seed,
        "estimator": run.label,
        "method": run.method,
        "options": run.options_text,
        "half": run.half,
        **_outcome(record),
        "threads": ran.get("threads", study.threads * run.ranks),
        **{name: str(ran.get(name, "")) for name in ("host", "version", "commit")},
    }


def _outcome(record: Record) -> dict[str, Any]:
    """The columns about what became of a run."""
    return {
        **{name: getattr(record, name) for name in ("status", "reason", "iterations", "device")},
        "wall_seconds": record.wall_seconds,
        "cpu_seconds": record.cpu_seconds,
        "setup_seconds": record.setup_seconds,
        "peak_rss_mib": record.peak_rss_mib,
        **(_last(record.snapshots[-1]) if record.snapshots else {"note": ""}),
    }


def _last(snapshot: Snapshot) -> dict[str, Any]:
    """The columns that a run's last snapshot gives."""
    return {
        "density_estimated": snapshot.density,
        "density_error": snapshot.density_error,
        "evidence": snapshot.evidence,
        "sigma_estimated": snapshot.sigma,
        "objective": snapshot.objective,
        "note": snapshot.note,
    }


def history_row(
    study: Study, batch: Batch, trial: int, snapshot: Snapshot, errors: dict[str, float]
) -> dict[str, Any]:
    """The row of one snapshot in the history."""
    cell = batch.block.cell
    return {
        "study": study.name,
        "cell": cell.id,
        "sweep": cell.sweep,
        "space": cell.space,
        "size": cell.size,
        "snr": cell.snr,
        "trial": trial,
        "estimator": batch.run.label,
        "iteration": snapshot.iteration,
        "wall_seconds": snapshot.wall_seconds,
        "cpu_seconds": snapshot.cpu_seconds,
        "objective": snapshot.objective,
        "error": errors["error"],
        "error_coefficients": errors["error_coefficients"],
    }


def _real(value: float | None) -> float:
    return math.nan if value is None else float(value)
