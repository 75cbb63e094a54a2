"""Runs one batch of a study and writes down what became of each of its runs."""

from collections.abc import Callable
from pathlib import Path

from mtdbench import provenance
from mtdbench.files import is_from_outside, read_facts
from mtdbench.run.batch_file import PlannedRun, earlier_runs, past_attempts, write_batch
from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.status import Status
from mtdbench.simulation.dataset import told_sigma
from mtdbench.study.cells import Batch
from mtdbench.study.listing import FACTS, dataset_folder, read_listing, why_missing
from mtdbench.study.recipes import estimator_seed
from mtdbench.study.schema import Study
from mtdbench.version import __version__

MOST_ATTEMPTS = 3
"""A run that is lost as often is `crashed`: its estimator may have killed itself."""

Guard = Callable[[list[Job], RunLimits, int, Path], list[Record]]


def run_batch(
    study: Study, batch: Batch, folder: Path, out: Path, log: Path, guarded: Guard = guard
) -> None:
    """Run a batch on the data sets below `folder` and write its records to `out`.

    Whatever the runs do, `out` has a record for each of them. Records of an earlier attempt that
    still stand, see `mtdbench.run.batch_file`, are taken over. A run without a data set is
    `crashed`, or `lost` if the data set is.
    """
    listing = read_listing(study, batch.block, folder)
    data = str(listing.get("data", ""))
    runs = earlier_runs(study, batch, folder, data)
    jobs: dict[int, Job] = {}
    records: dict[int, Record] = {}
    for trial in batch.block.trials:
        if trial in runs:
            continue
        if str(trial) in listing.get("digests", {}):
            jobs[trial] = _job(study, batch, trial, dataset_folder(folder, batch.block.cell, trial))
        else:
            reason, lost = why_missing(folder, batch.block, trial)
            records[trial] = Record(Status.LOST if lost else Status.CRASHED, reason)
    past = past_attempts(batch, folder)
    ran = _ran(study, batch)
    done = _guarded(guarded, list(jobs.values()), study, log)
    for trial, record in zip(jobs, done, strict=True):
        attempts = past.get(trial, 0) + 1
        runs[trial] = PlannedRun(_given_up(record, attempts), attempts, ran)
    runs |= {trial: PlannedRun(record, 0, ran) for trial, record in records.items()}
    write_batch(study, batch, folder, out, data, runs)


def lose_batch(study: Study, batch: Batch, folder: Path, out: Path, reason: str) -> None:
    """Write to `out` that the runs of a batch were lost; records that stand are taken over."""
    data = str(read_listing(study, batch.block, folder).get("data", ""))
    past, ran = past_attempts(batch, folder), _ran(study, batch)
    lost: dict[int, PlannedRun] = {}
    for trial in batch.block.trials:
        attempts = past.get(trial, 0) + 1
        record = _given_up(Record(Status.LOST, reason), attempts)
        lost[trial] = PlannedRun(record, attempts, ran)
    write_batch(study, batch, folder, out, data, lost | earlier_runs(study, batch, folder, data))


def _guarded(guarded: Guard, jobs: list[Job], study: Study, log: Path) -> list[Record]:
    """The records of the jobs; those of a guard that could not do its work are lost."""
    limits = RunLimits(**study.limits.model_dump(exclude={"budget_seconds"}))
    try:
        return guarded(jobs, limits, study.threads, log)
    except OSError as error:
        if not is_from_outside(error):
            raise
        return [Record(Status.LOST, f"its guard ended: {error}")] * len(jobs)


def _given_up(record: Record, attempts: int) -> Record:
    """The record, as that of a crash if it was lost often enough."""
    if record.status is Status.LOST and attempts >= MOST_ATTEMPTS:
        record.status = Status.CRASHED
        record.reason = f"{record.reason}, in each of {attempts} attempts"
    return record


def _ran(study: Study, batch: Batch) -> dict[str, object]:
    """The columns about where a run ran and with what."""
    return {
        "threads": study.threads * batch.run.ranks,
        "host": provenance.machine()["host"],
        "version": __version__,
        "commit": provenance.commit(),
    }


def _job(study: Study, batch: Batch, trial: int, dataset: Path) -> Job:
    cell = batch.block.cell
    sigma = told_sigma(read_facts(dataset / FACTS))
    known = not cell.is_from_files
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
        placement=str(dataset / "placement.npz") if known else None,
        truth=str(dataset / "truth.npz") if known else None,
        budget_seconds=study.limits.budget_seconds,
        ranks=batch.run.ranks,
    )
