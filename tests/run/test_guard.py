"""What a run does to its process must never be more than a record with a reason."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from mtdbench.run.guard import RunLimits, guard

LIMITS = RunLimits(seconds=2.0, setup_seconds=30, memory_mib=300)
FAULTS = {
    "raises": ("crashed", "RuntimeError: no way forward <script>alert(1)</script>", 1),
    "hangs": ("timeout", "killed at the wall limit of 2 s", 1),
    "greedy": ("memory", "killed at the memory limit of 300 MiB", 0),
    "segfaults": ("crashed", "killed by SIGSEGV", 0),
    "not_a_number": ("diverged", "estimate 2 holds NaN or infinities", 1),
    "wrong_shape": ("crashed", "ValueError: estimate of shape (7,): expected shape (6,)", 0),
    "not_an_estimate": ("crashed", "TypeError: yielded NoneType: expected an Estimate", 0),
    "leaves": ("crashed", "its process ended with exit code 3", 0),
    "forks": ("memory", "killed at the memory limit of 300 MiB", 1),
    "writes": ("crashed", "ValueError: assignment destination is read-only", 0),
    "no_import": (
        "crashed",
        (
            "PluginError: estimator 'no_import' cannot be imported"
            " (ModuleNotFoundError: No module named 'no_such_module')"
        ),
        0,
    ),
}


def test_every_fault_is_a_record_and_touches_no_other_run(job, tmp_path: Path) -> None:
    alone = guard([job("good")], LIMITS, 1, tmp_path / "log")
    jobs = [job("good"), *map(job, FAULTS), job("good")]
    records = guard(jobs, LIMITS, 1, tmp_path / "log")
    found = {
        name: (record.status, record.reason, len(record.snapshots))
        for name, record in zip(FAULTS, records[1:-1], strict=True)
    }
    assert found == FAULTS
    for record in (records[0], records[-1]):
        assert (record.status, record.reason) == ("converged", "")
        assert record.snapshots[-1].x == alone[0].snapshots[-1].x
    assert not [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]


def test_a_killed_run_keeps_its_last_estimate_and_its_times(job, tmp_path: Path) -> None:
    (record,) = guard([job("hangs")], LIMITS, 1, tmp_path / "log")
    np.testing.assert_array_equal(record.snapshots[-1].coefficients(), np.ones(6))
    assert 2 <= record.wall_seconds < 3
    assert record.cpu_seconds < 0.2
    assert record.setup_seconds > 0


def test_results_are_the_same_in_a_shared_process(job, tmp_path: Path) -> None:
    jobs = [job("good", seed) for seed in (1, 2, 3)]
    shared = guard(jobs, LIMITS, 1, tmp_path / "log")
    fresh = [guard([one], LIMITS, 1, tmp_path / "log")[0] for one in jobs]
    assert [r.snapshots[-1].x for r in shared] == [r.snapshots[-1].x for r in fresh]
    assert len({r.snapshots[-1].x for r in shared}) == 3


def test_what_an_estimator_prints_goes_to_the_log(job, tmp_path: Path) -> None:
    guard([job("good")], LIMITS, 1, tmp_path / "log")
    assert "an estimator may print" in (tmp_path / "log").read_text()


def test_a_bad_option_is_a_record(job, tmp_path: Path) -> None:
    (record,) = guard([job("good", steps="many")], LIMITS, 1, tmp_path / "log")
    assert record.status == "crashed"
    assert "'many'" in record.reason


def test_a_run_ends_with_whoever_guards_it(job, tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        guard([job("hangs")], replace(LIMITS, seconds=60), 1, tmp_path / "log")
        os._exit(0)
    guardian = psutil.Process(pid)
    workers = _wait(guardian.children)
    time.sleep(0.3)
    guardian.kill()
    os.waitpid(pid, 0)
    assert not psutil.wait_procs(workers, timeout=5)[1]


def test_what_a_run_has_started_ends_with_whoever_guards_it(
    job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child of it in a session of its own too, and its working directory."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    pid = os.fork()
    if pid == 0:
        guard([job("forks_away")], replace(LIMITS, seconds=60), 1, tmp_path / "log")
        os._exit(0)
    guardian = psutil.Process(pid)
    family = _wait(lambda: [p for p in [guardian.children(recursive=True)] if len(p) == 3])[0]
    guardian.kill()
    os.waitpid(pid, 0)
    assert not psutil.wait_procs(family, timeout=8)[1]
    assert [*temporary.iterdir()] == []


def test_what_runs_are_forked_from_has_started_no_jax() -> None:
    """Which has threads, that a fork does not take along."""
    code = "import sys, mtdbench.run.session; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _wait(children) -> list[psutil.Process]:
    for _ in range(1000):
        if found := children():
            return found
        time.sleep(0.02)
    pytest.fail("no worker was started")
