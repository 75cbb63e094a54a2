"""Takes runs of a study out of the record, so that they are made again."""

from pathlib import Path
from typing import Any

from mtdbench.files import read_facts
from mtdbench.run.batch_file import aside_file, batch_file, recorded_runs
from mtdbench.study.cells import Batch
from mtdbench.study.stamp import STAMP, read_stamp, write_stamped


def recorded_statuses(batch: Batch, folder: Path) -> dict[int, str]:
    """What became of each run of a batch, as its file says, or the one that was set aside."""
    runs = recorded_runs(read_stamp(_records(batch, folder)))
    return {trial: run["status"] for trial, run in runs.items()}


def forget_runs(batch: Batch, folder: Path, trials: set[int]) -> None:
    """Set the records of a batch aside without those of some trials.

    The next run of the study makes the batch anew: it takes over what is left.
    """
    content = read_facts(_records(batch, folder))
    stamp, runs = _object(content, STAMP), _object(content, "runs")
    stamp["runs"] = _object(stamp, "runs")
    for trial in map(str, trials):
        stamp["runs"].pop(trial, None)
        runs.pop(trial, None)
    write_stamped(aside_file(folder, batch), stamp, {"runs": runs})
    batch_file(folder, batch).unlink(missing_ok=True)


def _object(content: dict[str, Any], name: str) -> dict[str, Any]:
    """What JSON has under a name; nothing where that is no object."""
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _records(batch: Batch, folder: Path) -> Path:
    path = batch_file(folder, batch)
    return path if path.exists() else aside_file(folder, batch)
