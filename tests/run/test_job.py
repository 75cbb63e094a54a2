"""What became of a run, from its record to disk and back."""

import json
from pathlib import Path

import numpy as np
import pytest

from mtdbench.files import read_facts, write_json
from mtdbench.run.batch_file import read_batch
from mtdbench.run.job import Record, Snapshot, encode
from mtdbench.run.status import Status

SNAPSHOT = Snapshot(1.0, 0.5, 3, encode(np.array([1.0, 2.0])))


@pytest.mark.parametrize("status", Status)
def test_a_run_is_judged_by_its_last_snapshot_unless_it_ended_in_nan(status: Status) -> None:
    assert Record(status).answer is None
    last = Record(status, snapshots=[Snapshot(0.1, 0.1, 1, ""), SNAPSHOT]).answer
    assert last is (None if status is Status.DIVERGED else SNAPSHOT)


def test_a_record_comes_back_from_disk(tmp_path: Path) -> None:
    """With its status as one of `Status`, and NaN where JSON has null."""
    snapshot = {"wall_seconds": 1.0, "cpu_seconds": 0.5, "iteration": 3, "x": SNAPSHOT.x}
    run = {"status": "budget", "reason": "r", "wall_seconds": None, "snapshots": [snapshot]}
    run |= {"attempts": 2, "ran": {"threads": 1}}
    write_json(tmp_path / "batch.json", {"runs": {"2": run}})
    (found,) = read_batch(tmp_path / "batch.json").values()
    assert (found.attempts, found.ran) == (2, {"threads": 1})
    assert found.record.status is Status.BUDGET
    assert np.isnan(found.record.wall_seconds)
    np.testing.assert_array_equal(found.record.answer.coefficients(), [1.0, 2.0])

    run["status"] = "tired"
    write_json(tmp_path / "batch.json", {"runs": {"2": run}})
    with pytest.raises(ValueError, match="tired"):
        read_batch(tmp_path / "batch.json")


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "3"])
def test_facts_that_are_not_there_are_none(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "facts.json"
    if text is not None:
        path.write_text(text)
    assert read_facts(path) == {}
    path.write_text(json.dumps({"a": 1}))
    assert read_facts(path) == {"a": 1}
