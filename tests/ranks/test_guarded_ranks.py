"""Ranks within the guarded process of a run: whatever one of them does, it is one row."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest

from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.landlock import landlock_version
from mtdbench.run.status import Status
from mtdbench.simulation import Recipe, write_dataset

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(find_spec("mpi4py") is None, reason="mtdbench[mpi] is not installed"),
]
LIMITS = RunLimits(seconds=60, setup_seconds=60, memory_mib=4000)
Make = Callable[..., Job]


@pytest.fixture
def job(tmp_path: Path, shared_site: Path) -> Make:
    """Makes a job in two ranks on a small data set."""
    data = tmp_path / "results" / "s" / "data" / "c" / "0"
    write_dataset(Recipe(space="line", window=6, size=4000, snr=2.0, density=0.2, seed=1), data)

    def make(method: str, **options: object) -> Job:
        return Job(
            measurement=str(data / "measurement.npy"),
            space="line",
            window=6,
            basis="auto",
            spacing="well-separated",
            sigma=1.0,
            method=method,
            options=options,
            seed=5,
            placement=str(data / "placement.npz"),
            truth=str(data / "truth.npz"),
            ranks=2,
        )

    return make


@pytest.fixture
def guarded(tmp_path: Path) -> Callable[..., Record]:
    """Runs one job; nothing of it is left."""

    def run(job: Job, **limits: float) -> Record:
        (record,) = guard([job], replace(LIMITS, **limits), 1, tmp_path / "log")
        living = psutil.Process().children(recursive=True)
        assert not [p for p in living if "mtdbench.run.rank" in " ".join(p.cmdline())]
        return record

    return run


def test_all_ranks_meet_and_the_first_tells(job: Make, guarded: Callable[..., Record]) -> None:
    record = guarded(job("counting"))
    assert (record.status, record.reason) == (Status.CONVERGED, "")
    assert record.answer is not None
    assert record.answer.coefficients()[:2].tolist() == [2, 5]
    assert record.conduct.strange_events == record.conduct.files == 0


def test_em_finds_what_it_finds_alone(job: Make, guarded: Callable[..., Record]) -> None:
    """And two runs of a batch do, one after the other."""
    shared = job("em", n_init=1, iterations=5, anderson_memory=0, batch_fraction=1)
    two, one = guarded(shared), guarded(replace(shared, ranks=1))
    assert two.status is one.status
    assert two.answer is not None and one.answer is not None
    found, alone = two.answer.coefficients(), one.answer.coefficients()
    np.testing.assert_allclose(found, alone, rtol=0, atol=1e-6 * np.abs(alone).max())


def test_the_first_rank_stops_at_the_budget(job: Make, guarded: Callable[..., Record]) -> None:
    long = replace(job("counting", steps=10_000, seconds=0.05), budget_seconds=0.3)
    record = guarded(long)
    assert record.status is Status.BUDGET
    assert 0.3 <= record.wall_seconds < 30


def test_work_of_other_ranks_is_the_rows(job: Make, guarded: Callable[..., Record]) -> None:
    record = guarded(job("rude", how="works"))
    assert record.status is Status.OK
    assert record.cpu_seconds >= 1.5
    assert record.conduct.hidden_cpu_seconds == 0  # the run says so itself


@pytest.mark.parametrize(
    ("method", "how", "status", "reason"),
    [
        ("rude", "hangs", Status.TIMEOUT, "killed at the wall limit of 3 s"),
        ("rude", "eats", Status.MEMORY, "killed at the memory limit of 1500 MiB"),
        ("failing", "raises", Status.CRASHED, "rank 1: OSError('the disk is gone')"),
        ("failing", "all raise", Status.CRASHED, "ValueError: no such thing"),
        ("failing", "dies", Status.LOST, "killed by SIGKILL"),
    ],
)
def test_whatever_another_rank_does_is_one_row(
    job: Make, guarded: Callable[..., Record], method: str, how: str, status: Status, reason: str
) -> None:
    seconds = 60 if how == "eats" else 3
    record = guarded(job(method, how=how), seconds=seconds, memory_mib=1500)
    assert (record.status, len(record.snapshots)) == (status, 1), record
    assert reason in record.reason


def test_a_child_of_a_rank_is_ended(
    job: Make, guarded: Callable[..., Record], tmp_path: Path
) -> None:
    """By the launcher or by the guard, whichever is quicker."""
    seconds = str(3600 + tmp_path.stat().st_ino % 1000)
    record = guarded(job("rude", how="leaves a child", path=seconds), seconds=20)
    assert record.status is Status.OK
    commands = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", seconds] not in commands


def test_memory_that_ranks_share_has_no_name(job: Make, guarded: Callable[..., Record]) -> None:
    """So that none is left of ranks that are killed."""
    record = guarded(job("rude", how="names its memory"))
    assert record.answer is not None
    assert record.answer.coefficients()[0] == 0


@pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")
def test_no_rank_reads_the_truth(job: Make, guarded: Callable[..., Record]) -> None:
    peeking = job("rude")
    peeking = replace(peeking, options={"how": "peeks", "path": peeking.truth})
    assert Path(str(peeking.truth)).read_bytes()
    record = guarded(replace(peeking, truth=None, placement=None))
    assert record.status is Status.OK
    assert record.answer is not None
    assert not record.answer.coefficients().any()


def test_without_a_launcher_it_is_a_row(
    job: Make, guarded: Callable[..., Record], shared_site: Path
) -> None:
    """Of one line, as every mistake."""
    hide = "import sys\nsys.modules['mpi4py'] = None\n"
    (shared_site / "sitecustomize.py").write_text(hide)
    record = guarded(job("counting"))
    assert record.status is Status.CRASHED
    assert "2 ranks without mpi4py" in record.reason
