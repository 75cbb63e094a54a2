"""Runs one batch of a study and writes down what became of each of its runs."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mtdbench import provenance
from mtdbench.files import write_json
from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Conduct, Job, Record, Snapshot
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch
from mtdbench.study.recipes import estimator_seed
from mtdbench.study.schema import Study
from mtdbench.version import __version__


def run_batch(
    study: Study, batch: Batch, folder: Path, out: Path, log: Path, memory_mib: float = math.inf
) -> None:
    """Run a batch on the data sets below `folder` and write its records to `out`.

    Whatever the runs do, `out` has a record for each of them; one without a data set is `crashed`.
    Where less memory than `memory_mib` is to be had, that is the limit of each run.
    """
    jobs: dict[int, Job] = {}
    records: dict[int, Record] = {}
    for trial in batch.block.trials:
        dataset = folder / "data" / batch.block.cell.id / str(trial)
        try:
            jobs[trial] = _job(study, batch, trial, dataset)
        except (OSError, ValueError, KeyError):
            records[trial] = Record(Status.CRASHED, _missing(folder, batch, trial))
    limits = run_limits(study, memory_mib)
    done = guard(list(jobs.values()), limits, study.threads, log)
    records.update(zip(jobs, done, strict=True))
    write_batch(study, batch, records, out)


def run_limits(study: Study, memory_mib: float = math.inf) -> RunLimits:
    """What the guard lets a run take: the study's limits, and no more memory than there is."""
    limits = study.limits
    memory = min(limits.memory_mib, memory_mib)
    return RunLimits(limits.seconds, limits.setup_seconds, memory)


def write_batch(study: Study, batch: Batch, records: dict[int, Record], out: Path) -> None:
    """Write the records of a batch, by trial, and where they come from."""
    content = {
        "batch": batch.id,
        "threads": study.threads,
        "host": provenance.machine()["host"],
        "version": __version__,
        "commit": provenance.commit(),
        "runs": {str(trial): asdict(record) for trial, record in sorted(records.items())},
    }
    write_json(out, content)


def read_batch(path: Path) -> tuple[dict[int, Record], dict[str, Any]]:
    """The records of a batch by trial, and what they share: threads, host, version, commit."""
    content = json.loads(path.read_text())
    runs = content.pop("runs")
    return {int(trial): _record(facts) for trial, facts in runs.items()}, content


def _record(facts: dict[str, Any]) -> Record:
    snapshots = [Snapshot(**_numbers(snapshot)) for snapshot in facts.pop("snapshots")]
    status, conduct = Status(facts.pop("status")), Conduct(**facts.pop("conduct", {}))
    return Record(status, **_numbers(facts), snapshots=snapshots, conduct=conduct)


def _numbers(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: it was written as null."""
    return {name: float("nan") if value is None else value for name, value in facts.items()}


def _job(study: Study, batch: Batch, trial: int, dataset: Path) -> Job:
    cell = batch.block.cell
    sigma = float(json.loads((dataset / "dataset.json").read_text())["sigma"])
    return Job(
        measurement=str(dataset / "measurement.npy"),
        space=cell.space,
        window=cell.window,
        basis=cell.basis,
        spacing=cell.spacing,
        sigma=sigma if cell.sigma_known else None,
        method=batch.run.method,
        options=batch.run.options,
        seed=estimator_seed(study, cell, trial),
        half=batch.run.half,
        placement=str(dataset / "placement.npz"),
        truth=str(dataset / "truth.npz"),
        budget_seconds=study.limits.budget_seconds,
    )


def _missing(folder: Path, batch: Batch, trial: int) -> str:
    """Why there is no data set."""
    listing = folder / "data" / batch.block.cell.id / f"{batch.block.name}.json"
    try:
        return f"no measurement: {json.loads(listing.read_text())[str(trial)]['error']}"
    except (OSError, ValueError, KeyError):
        return "no measurement: it was not simulated"
