"""A batch at its attempts: more the next time, kept when it is done, a row in the end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from mtdbench.run.allocation import (
    LAST_ATTEMPT,
    OVERHEAD_MIB,
    Allocation,
    OutgrownError,
    OverTimeError,
    run_allocated,
    within,
)
from mtdbench.run.batch_file import read_batch
from mtdbench.run.marks import Mark, is_left, leave, take_all
from mtdbench.study import Study, make_plan
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.cells import Batch

SWEEP = {"name": "a", "space": "line", "window": 6, "size": 500, "snr": 4, "density": 0.2}


@dataclass
class Attempts:
    """Attempts at the one batch of a study."""

    folder: Path
    study: Study
    batch: Batch

    def marks(self) -> list[Mark]:
        return [mark for mark in Mark if is_left(mark, self.folder, self.batch)]

    @property
    def out(self) -> Path:
        return self.folder / "runs" / f"{self.batch.id}.json"

    def run(self, mib: float, seconds: float, attempt: int) -> list[tuple[str, str]]:
        """Status and reason of each run."""
        given = Allocation(mib + OVERHEAD_MIB, seconds, attempt)
        log = self.folder / "log"
        with within(given):
            run_allocated(self.study, self.batch, self.folder, self.out, log, given)
        return [(run.record.status, run.record.reason) for run in read_batch(self.out).values()]


@pytest.fixture
def attempts(tmp_path: Path, plugins: Path):
    """Makes a study of one estimator on one data set, with its data."""

    def make(method: str, **options: Any) -> Attempts:
        limits = {"seconds": 20, "setup_seconds": 60, "memory_mib": 600}
        estimator = {"name": method, "options": options}
        content = {"name": "s", "limits": limits, "sweeps": [{**SWEEP, "trials": 1}]}
        study = Study.model_validate({**content, "estimators": [estimator]})
        plan = make_plan(study)
        (block,), (batch,) = plan.blocks, plan.batches
        listing = tmp_path / "data" / block.cell.id / f"{block.name}.json"
        simulate_block(study, block, tmp_path, listing)
        return Attempts(tmp_path, study, batch)

    return make


def test_a_run_that_outgrows_its_job_is_given_more(attempts) -> None:
    one = attempts("greedy", gib=0.25)
    with pytest.raises(OutgrownError, match="more memory than 250 MiB"):
        one.run(250, 300, 1)
    assert not one.out.exists()
    assert one.marks() == [Mark.OUTGROWN]
    assert one.run(600, 300, 2) == [("ok", "")]


@pytest.mark.system
def test_a_run_that_always_does_is_a_row(attempts) -> None:
    ends = attempts("greedy").run(600, 300, 2)
    assert ends == [("memory", "killed at the memory limit of 600 MiB")]


@pytest.mark.system
def test_a_batch_that_outlives_its_job_ends_before_it_and_is_given_more(attempts) -> None:
    one = attempts("slow", seconds=5.0)
    with pytest.raises(OverTimeError):
        one.run(600, 18, 1)
    assert one.marks() == [Mark.OUTGROWN]
    assert not [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
    assert one.run(600, 300, 2) == [("ok", "")]


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (Mark.BEGUN, "ended without a word"),
        (Mark.OUTGROWN, "got too little"),
        (None, "did not begin"),
    ],
)
def test_the_last_attempt_leaves_a_row_for_each_run(attempts, mark: Mark | None, why: str) -> None:
    """Nothing is run: there is neither memory nor time."""
    one = attempts("good")
    if mark is not None:
        leave(mark, one.folder, one.batch)
        assert one.marks() == [mark]
    assert one.run(0, 60, LAST_ATTEMPT) == [("lost", f"its cluster job {why} in 3 attempts")]
    take_all(one.folder)
    assert one.marks() == []
