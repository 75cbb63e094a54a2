"""A batch that is run again takes over what stands, tries again what was lost, and no more."""

import errno
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from mtdbench.files import set_aside
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file, fallen_trials, read_batch
from mtdbench.run.drive import failure
from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.status import Status, death
from mtdbench.study import Plan, make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.listing import listing_file, read_listing
from mtdbench.study.stamp import read_stamp

SWEEP = {
    "name": "a", "space": "line", "window": 5, "size": 200, "snr": 4, "density": 0.2, "trials": 3
}  # fmt: skip
LIMITS = {"seconds": 10, "setup_seconds": 20, "memory_mib": 1000}


def planned(**changes: object) -> Plan:
    study = {"name": "s", "sweeps": [SWEEP], "estimators": [{"name": "zero"}], "limits": LIMITS}
    return make_plan(parse_study(yaml.safe_dump({**study, **changes})))


def ended(status: str = "ok", wall: float = 1.0, setup: float = 2.0, peak: float = 300.0) -> Record:
    return Record(Status(status), wall_seconds=wall, setup_seconds=setup, peak_rss_mib=peak)


@dataclass
class Guard:
    """Gives records by trial, and notes the seeds of the jobs that it was given."""

    records: list[Record]
    counts: list[int] = field(default_factory=list)

    def __call__(self, jobs: list[Job], *_: object) -> list[Record]:
        self.counts.append(len(jobs))
        return self.records[: len(jobs)]


@dataclass(frozen=True)
class Bench:
    """A study's folder with its data, in which its one batch is run again and again."""

    folder: Path

    def run(self, plan: Plan, guarded: object) -> list[tuple[str, str, int]]:
        """Run the batch as the workflow does; status, reason and attempts of each run."""
        (batch,), (block,) = plan.batches, plan.blocks
        if not read_listing(plan.study, block, self.folder):
            simulate_block(plan.study, block, self.folder, listing_file(self.folder, block))
        out = batch_file(self.folder, batch)
        if out.exists():
            set_aside(self.folder, out)
        run_batch(plan.study, batch, self.folder, out, self.folder / "log", guarded)
        found = read_batch(out).values()
        return [(run.record.status, run.record.reason, run.attempts) for run in found]

    def fallen(self, plan: Plan) -> set[int]:
        """The trials that would be run again."""
        (batch,), (block,) = plan.batches, plan.blocks
        data = str(read_listing(plan.study, block, self.folder).get("data", ""))
        stamp = read_stamp(batch_file(self.folder, batch))
        return fallen_trials(plan.study, batch, stamp, data)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_only_what_was_lost_is_run_again(bench: Bench) -> None:
    first = Guard([ended(), Record(Status.LOST, "killed by SIGKILL"), ended("crashed")])
    bench.run(planned(), first)
    assert bench.fallen(planned()) == {1}
    again = Guard([ended("converged")])
    assert [run[0] for run in bench.run(planned(), again)] == ["ok", "converged", "crashed"]
    assert again.counts == [1]
    assert bench.fallen(planned()) == set()


def test_a_run_that_is_lost_three_times_crashed_and_says_so(bench: Bench) -> None:
    for _ in range(2):
        lost = Guard([Record(Status.LOST, "killed by SIGKILL") for _ in range(3)])
        assert {run[0] for run in bench.run(planned(), lost)} == {"lost"}
    lost = Guard([Record(Status.LOST, "killed by SIGKILL") for _ in range(3)])
    found = bench.run(planned(), lost)
    assert found[0] == ("crashed", "killed by SIGKILL, in each of 3 attempts", 3)
    assert bench.fallen(planned()) == set()


def test_a_guard_that_cannot_write_loses_its_runs_and_no_row(bench: Bench) -> None:
    def full(*_: object) -> list[Record]:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert {run[0] for run in bench.run(planned(), full)} == {"lost"}


@pytest.mark.parametrize(
    ("record", "limits", "stands"),
    [
        (ended(), {}, True),
        (ended(), {"setup_seconds": 21}, True),
        (ended(setup=5), {"setup_seconds": 4}, False),
        (ended(wall=5), {"seconds": 4}, False),
        (ended(wall=5), {"seconds": 40}, True),
        (ended(peak=500), {"memory_mib": 400}, False),
        (ended("crashed"), {"seconds": 40, "memory_mib": 9000}, True),
        (ended("timeout", wall=10.1), {"seconds": 40}, False),
        (ended("timeout", wall=10.1), {"setup_seconds": 40}, True),
        (ended("timeout", setup=20.1), {"setup_seconds": 40}, False),
        (ended("timeout", setup=20.1), {"memory_mib": 400}, True),
        (ended("memory", peak=1001), {"memory_mib": 2000}, False),
        (ended("memory", peak=1001), {"seconds": 40}, True),
        (ended(wall=10.05), {}, True),  # ended by itself between two looks at the clock
        (ended("timeout", wall=10.1), {"budget_seconds": 3}, False),
    ],
)
def test_a_record_stands_under_other_limits_unless_it_broke_them(
    bench: Bench, record: Record, limits: dict, stands: bool
) -> None:
    bench.run(planned(), Guard([record] * 3))
    other = planned(limits={**LIMITS, **limits})
    assert bench.fallen(other) == (set() if stands else {0, 1, 2})


@pytest.mark.parametrize("change", [{"seed": 2}, {"threads": 2}, {"sweeps": [{**SWEEP, "snr": 9}]}])
def test_no_record_of_another_study_is_taken_over(bench: Bench, change: dict) -> None:
    """Not even if it lies under the name of the planned one."""
    bench.run(planned(), Guard([ended()] * 3))
    (old,), (new,) = planned().batches, planned(**change).batches
    batch_file(bench.folder, new).parent.mkdir(exist_ok=True)
    batch_file(bench.folder, old).rename(batch_file(bench.folder, new))
    assert bench.fallen(planned(**change)) == {0, 1, 2}
    again = Guard([ended("converged")] * 3)
    bench.run(planned(**change), again)
    assert again.counts == [3]


def test_records_of_another_version_or_of_other_data_are_made_anew(bench: Bench) -> None:
    bench.run(planned(), Guard([ended()] * 3))
    path = batch_file(bench.folder, planned().batches[0])
    whole = path.read_text()
    for name in ("version", "data"):
        value = read_stamp(path)[name]
        path.write_text(whole.replace(f'"{name}": "{value}"', f'"{name}": "other"', 1))
        assert bench.fallen(planned()) == {0, 1, 2}
        path.write_text(whole)
    assert bench.fallen(planned()) == set()


def test_a_file_that_was_cut_short_anywhere_is_made_anew(bench: Bench) -> None:
    bench.run(planned(), Guard([ended()] * 3))
    path = batch_file(bench.folder, planned().batches[0])
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        assert bench.fallen(planned()) == {0, 1, 2}


@pytest.mark.parametrize("name", ["measurement.npy", "truth.npz", "dataset.json"])
def test_data_that_was_cut_short_is_noticed(bench: Bench, name: str) -> None:
    plan = planned()
    bench.run(plan, Guard([ended()] * 3))
    path = bench.folder / "data" / plan.cells[0].id / "1" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert read_listing(plan.study, plan.blocks[0], bench.folder) == {}


def test_data_that_another_study_wrote_over_is_noticed(bench: Bench) -> None:
    """The list of another block size is still there when the first study comes back."""
    plan, other = planned(), planned(seed=9, batch=2)
    simulate_block(
        plan.study, plan.blocks[0], bench.folder, listing_file(bench.folder, plan.blocks[0])
    )
    assert read_listing(plan.study, plan.blocks[0], bench.folder)
    for block in other.blocks:
        simulate_block(other.study, block, bench.folder, listing_file(bench.folder, block))
    assert read_listing(plan.study, plan.blocks[0], bench.folder) == {}


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EIO", "EROFS"])
def test_errors_of_the_machine_are_no_crashes(name: str) -> None:
    assert failure(OSError(getattr(errno, name), "x")).status == "lost"
    wrapped = ValueError("cannot write")
    wrapped.__cause__ = OSError(getattr(errno, name), "x")
    assert failure(wrapped).status == "lost"
    assert failure(FileNotFoundError(errno.ENOENT, "x")).status == "crashed"


def test_a_kill_from_outside_is_no_crash_and_one_by_its_own_fault_is() -> None:
    assert [death(code)[0] for code in (-9, -15)] == ["lost", "lost"]
    assert [death(code)[0] for code in (-11, -6, 3, 0)] == ["crashed"] * 4


@pytest.mark.usefixtures("plugins")
def test_an_estimator_that_kills_itself_may_have_been_killed(bench: Bench) -> None:
    plan = planned(sweeps=[{**SWEEP, "trials": 1}], estimators=[{"name": "kills_itself"}])

    def guarded(jobs: list[Job], limits: RunLimits, threads: int, log: Path) -> list[Record]:
        return guard(jobs, RunLimits(10, 60, 2000), threads, log)

    assert bench.run(plan, guarded) == [("lost", "killed by SIGKILL", 1)]


def test_estimators_are_told_a_wrong_sigma_where_the_study_says_so(tmp_path: Path) -> None:
    told = []

    def guarded(jobs: list[Job], *_: object) -> list[Record]:
        told.extend(job.sigma for job in jobs)
        return [ended()] * len(jobs)

    for factor in (1, 1.5):
        plan = planned(sweeps=[{**SWEEP, "trials": 1, "faults": {"sigma_factor": factor}}])
        Bench(tmp_path / str(factor)).run(plan, guarded)
    assert told[1] == pytest.approx(1.5 * told[0])
