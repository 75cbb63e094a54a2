"""The records of a batch on disk, and which of them stand when the study is run again.

A record stands if it was made by this version of the package from the planned content and data, was
not lost, and neither broke a limit that has changed nor would break it now.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mtdbench.files import SET_ASIDE, read_json
from mtdbench.run.job import Conduct, Record, Snapshot, decode
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.schema import Limits, Study
from mtdbench.study.stamp import Stamp, read_stamp, write_stamped

MEASURES = {
    "seconds": "wall_seconds",
    "setup_seconds": "setup_seconds",
    "memory_mib": "peak_rss_mib",
}
"""Each limit, and the field of a record that it bounds."""
FIELD_TYPES: dict[Any, Any] = {
    float: int | float, int: int, str: str, list[str]: list, Mapping[str, Any]: Mapping,
}  # fmt: skip
"""What a field may hold, by the type that it is declared with."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """What became of a run of a study.

    Attributes
    ----------
    record : Record
    attempts : int
        How often its estimator was started, attempts that were lost included.
    ran : dict
        Threads, host, version and commit.
    """

    record: Record
    attempts: int
    ran: Mapping[str, Any]


def batch_file(folder: Path, batch: Batch) -> Path:
    """Where the records of a batch are, below the study's folder."""
    return folder / "runs" / f"{batch.id}.json"


def aside_file(folder: Path, batch: Batch) -> Path:
    """Where those of an earlier attempt are, until the batch has been run again."""
    return batch_file(folder / SET_ASIDE, batch)


def write_batch(
    study: Study, batch: Batch, folder: Path, out: Path, data: str, runs: Mapping[int, PlannedRun]
) -> None:
    """Write the runs of a batch, made from data sets of that fingerprint."""
    content = {str(trial): _facts(run) for trial, run in sorted(runs.items())}
    short = {
        trial: {"status": run["status"], "attempts": run["attempts"]}
        | {name: run[name] for name in MEASURES.values()}
        for trial, run in content.items()
    }
    stamp = Stamp(batch.id, data).facts(
        records=fingerprint(content), limits=limits_of(study.limits), runs=short
    )
    write_stamped(out, stamp, {"runs": content})
    aside_file(folder, batch).unlink(missing_ok=True)


def read_batch(path: Path) -> dict[int, PlannedRun]:
    """The runs of a batch by trial.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If the file cannot be read, or is none that `write_batch` wrote.
    """
    runs = read_json(path)["runs"]
    try:
        return {int(trial): _run(facts) for trial, facts in runs.items()}
    except AttributeError as error:
        raise ValueError(f"'{path}' holds no runs: {error}") from None


def limits_of(limits: Limits) -> dict[str, float]:
    """The limits that are enforced from outside, by name."""
    return {name: float(getattr(limits, name)) for name in MEASURES}


def is_planned(batch: Batch, facts: dict[str, Any], data: str) -> bool:
    """Whether a file with that stamp was made from the planned content, and from data sets of that
    fingerprint; where it is empty they are not on disk, and those of the records will do.
    """
    return Stamp(batch.id, data or str(facts.get("data", ""))).matches(facts)


def fallen_trials(study: Study, batch: Batch, facts: dict[str, Any], data: str) -> set[int]:
    """The trials of a batch whose records do not stand, by the stamp of its file.

    Parameters
    ----------
    study, batch
    facts : dict
        What `mtdbench.study.stamp.read_stamp` gives.
    data : str
        As for `is_planned`.
    """
    planned = set(batch.block.trials)
    try:
        if not is_planned(batch, facts, data):
            return planned
        old, new = facts["limits"], limits_of(study.limits)
        return {t for t in planned if not record_stands(facts["runs"].get(str(t), {}), old, new)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return planned


def record_stands(run: dict[str, Any], old: dict[str, float], new: dict[str, float]) -> bool:
    """Whether a record that was made under the old limits stands under the new ones."""
    status = Status(run.get("status", Status.LOST))
    changed = {name for name in MEASURES if old[name] != new[name]}
    if status is Status.LOST or (status is Status.MEMORY and "memory_mib" in changed):
        return False
    taken = {name: run[field] or 0.0 for name, field in MEASURES.items()}
    if status is Status.TIMEOUT:
        in_setup = taken["setup_seconds"] > old["setup_seconds"]
        if ("setup_seconds" if in_setup else "seconds") in changed:
            return False
    return not any(taken[name] > min(old[name], new[name]) for name in changed)


def earlier_runs(study: Study, batch: Batch, folder: Path, data: str) -> dict[int, PlannedRun]:
    """Those of an earlier attempt that still stand on data sets of that fingerprint."""
    path = aside_file(folder, batch)
    fallen = fallen_trials(study, batch, read_stamp(path), data)
    if not data or fallen.issuperset(batch.block.trials):
        return {}
    try:
        runs = read_batch(path)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {trial: run for trial, run in runs.items() if trial not in fallen}


def past_attempts(batch: Batch, folder: Path) -> dict[int, int]:
    """How often the runs of a batch were lost before, by trial."""
    facts = read_stamp(aside_file(folder, batch))
    if not is_planned(batch, facts, ""):
        return {}
    runs = recorded_runs(facts).items()
    return {trial: run["attempts"] for trial, run in runs if run["status"] == Status.LOST}


def recorded_runs(facts: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What the stamp of a file of records says of each run, by trial: at least its `status` and
    `attempts`. A run of which it does not say them is left out.
    """
    runs = facts.get("runs")
    return {
        int(trial): run
        for trial, run in (runs.items() if isinstance(runs, dict) else ())
        if trial.isdecimal() and len(trial) < 10
        if isinstance(run, dict)
        and isinstance(run.get("status"), str)
        and isinstance(run.get("attempts"), int)
    }


def _facts(run: PlannedRun) -> dict[str, Any]:
    return {**asdict(run.record), "attempts": run.attempts, "ran": dict(run.ran)}


def _run(facts: dict[str, Any]) -> PlannedRun:
    attempts, ran = facts.pop("attempts"), facts.pop("ran")
    snapshots = [Snapshot(**_numbers(snapshot)) for snapshot in facts.pop("snapshots")]
    status, conduct = Status(facts.pop("status")), Conduct(**facts.pop("conduct", {}))
    record = Record(status, **_numbers(facts), snapshots=snapshots, conduct=conduct)
    run = PlannedRun(record, attempts, ran)
    for part in (run, record, conduct, *snapshots):
        _check_types(part)
    for snapshot in snapshots:
        snapshot.coefficients(), decode(snapshot.pairs)
    return run


def _check_types(part: Any) -> None:
    """Check that numbers and text are where they are declared: JSON may have anything there."""
    for field in fields(part):
        kind, value = FIELD_TYPES.get(field.type), getattr(part, field.name)
        if kind and (not isinstance(value, kind) or isinstance(value, bool)):
            raise TypeError(f"{field.name} is {value!r}: expected {field.type}")


def _numbers(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: it was written as null."""
    return {name: float("nan") if value is None else value for name, value in facts.items()}
