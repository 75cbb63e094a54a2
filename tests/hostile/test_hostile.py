"""Whatever an estimator does is one row, its own, and no way to the answer."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.landlock import landlock_version

LIMITS = RunLimits(seconds=8.0, setup_seconds=15.0, memory_mib=700)
SHORT = replace(LIMITS, seconds=2.0, setup_seconds=8.0)
"""For those that only a limit ends."""
QUICK = (
    *("both_answer", "daemon_in_own_session", "leaves_children", "thread_without_end"),
    *("surrogate_exception", "surrogate_note", "speechless_exception", "exits", "interrupts"),
    *("base_exception", "closes_descriptors", "kills_its_parent", "garbage", "half_a_line"),
    *("unknown_events", "forged_end", "forged_snapshot", "asks_for_the_truth", "enormous"),
    *("masked", "countless", "mutates", "writes_samples", "reopens_samples", "patches_numpy"),
    *("patches_randomness", "moves_away", "litters", "looks_beside_samples"),
    *("looks_beside_descriptors", "reads_the_truth", "spoils_the_data", "stops_the_clock"),
)
"""Those that run with every test; all others are tests of the system."""

Make = Callable[..., Job]


def together(
    names: Iterable[str], job: Make, log: Path, limits: RunLimits = LIMITS
) -> dict[str, Record]:
    """The records of hostile runs, which well-behaved ones before and after do not notice."""
    jobs = [job(name) for name in ("zero", "oracle", *names, "zero", "oracle")]
    records = guard(jobs, limits, 1, log)
    assert len(records) == len(jobs)
    first, last = records[:2], records[-2:]
    assert [record.status for record in (*first, *last)] == ["ok"] * 4
    assert [r.snapshots[-1].x for r in first] == [r.snapshots[-1].x for r in last]
    assert not first[0].snapshots[-1].coefficients().any()
    return dict(zip(names, records[2:-2], strict=True))


def unexpected(found: dict[str, Record], hostile: SimpleNamespace) -> dict[str, tuple[str, str]]:
    """Those that ended as they should not have."""
    return {
        name: (record.status.value, record.reason)
        for name, record in found.items()
        if not re.fullmatch(hostile.EXPECTED[name][0], record.status)
        or not re.search(hostile.EXPECTED[name][1], record.reason)
    }


def check(found: dict[str, Record], hostile: SimpleNamespace, dataset: Path) -> None:
    """What holds of every run, whatever it is."""
    with np.load(dataset / "truth.npz") as content:
        truth = content["x"]
    for name, record in found.items():
        texts = [record.reason, record.device, *(s.note for s in record.snapshots)]
        assert all(text.isprintable() and len(text) <= 1000 for text in texts), name
        times = (record.wall_seconds, record.cpu_seconds, record.setup_seconds)
        assert all(math.isfinite(t) and t >= 0 for t in times), name
        for snapshot in record.snapshots:
            x = snapshot.coefficients()
            assert x.shape == truth.shape
            assert np.isfinite(np.linalg.norm(x)), name
            assert np.linalg.norm(x - truth) > 0.1 * np.linalg.norm(truth), name
        if record.status.ended:
            assert record.snapshots, name
        assert record.conduct.told == [], name
        if name in hostile.WORKERS:
            assert record.cpu_seconds > 0.5, name


def left_over(folder: Path) -> list[object]:
    """What should be gone: processes that were started from here, folders, names of copies."""
    living = [
        process
        for process in psutil.Process().children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE
    ]
    return [*living, *folder.iterdir()]


def run_all(
    names: Sequence[str], job: Make, hostile: SimpleNamespace, dataset: Path, tmp_path: Path
) -> dict[str, Record]:
    before = {path.name: path.read_bytes() for path in dataset.iterdir()}
    endless = [name for name in names if hostile.EXPECTED[name][0] == "timeout"]
    found = together([name for name in names if name not in endless], job, tmp_path / "log")
    if endless:
        found |= together(endless, job, tmp_path / "log of the endless", SHORT)
    assert unexpected(found, hostile) == {}
    check(found, hostile, dataset)
    assert left_over(tmp_path / "temporary") == []
    assert {path.name: path.read_bytes() for path in dataset.iterdir()} == before
    return found


needs_landlock = pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")


@needs_landlock
def test_each_is_a_row_of_its_own(
    job: Make, hostile: SimpleNamespace, dataset: Path, tmp_path: Path
) -> None:
    found = run_all(QUICK, job, hostile, dataset, tmp_path)
    assert found["leaves_children"].conduct.left_processes == 5
    assert found["daemon_in_own_session"].conduct.left_processes == 1
    assert found["litters"].conduct.files == 50
    assert found["reads_the_truth"].conduct.looked_for == ["truth.npz"]
    assert found["unknown_events"].conduct.strange_events > 4
    assert found["stops_the_clock"].conduct.hidden_cpu_seconds > 0.5
    assert {record.conduct.isolation for record in found.values()} == {
        f"landlock {landlock_version()}"
    }


@needs_landlock
@pytest.mark.system
def test_so_are_all_others(
    job: Make, hostile: SimpleNamespace, dataset: Path, tmp_path: Path
) -> None:
    assert len(hostile.EXPECTED) >= 80
    names = [name for name in hostile.EXPECTED if name not in QUICK]
    found = run_all(names, job, hostile, dataset, tmp_path)
    printed = found["prints_much"].conduct.printed_bytes
    assert printed > 72_000_000
    log = (tmp_path / "log").read_text(errors="replace")
    assert len(log) < 3_000_000
    assert "the last line" in log
    assert re.search(rf"\.\.\. \d+ of {printed} bytes left out \.\.\.", log)
    assert found["nests_setup"].setup_seconds > 0.5 or found["nests_setup"].wall_seconds > 0.5


def test_a_file_that_an_option_names_is_there(
    job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "mine"
    folder.mkdir()
    np.save(folder / "start.npy", np.arange(6.0))
    jobs = [
        job("reads_its_option", start=f"{at}results/mine/start.npy") for at in ("", f"{tmp_path}/")
    ]
    for record in guard(jobs, LIMITS, 1, tmp_path / "log"):
        assert record.status == "ok", record.reason
        assert record.snapshots[-1].coefficients().tolist() == [*range(6)]


def test_without_landlock_no_name_leads_to_the_truth(
    job: Make,
    hostile: SimpleNamespace,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("guard", "handing"):
        monkeypatch.setattr(f"mtdbench.run.{module}.landlock_version", lambda: 0)
    names = ("looks_beside_samples", "looks_beside_descriptors", "looks_in_memory", "litters")
    found = run_all(names, job, hostile, dataset, tmp_path)
    assert {record.conduct.isolation for record in found.values()} == {"descriptors"}
