"""Which jobs share a cluster job, and what each asks for."""

import shutil
import stat
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.commands.cluster import ClusterJobs, amount
from mtdbench.commands.packs import Item, Step, result_file
from mtdbench.commands.slurm import choose_status_command
from mtdbench.commands.workflow import Studies
from mtdbench.cost.costs import Calibration, batch_cost, scoring_cost, simulation_cost
from mtdbench.cost.pack_numbers import LONGEST, PARALLEL, SHORTEST, pack_numbers
from mtdbench.cost.requests import JobRequest, first_request, largest_request
from mtdbench.files import write_json
from mtdbench.run.allocation import LAST_ATTEMPT
from mtdbench.run.marks import Mark, leave
from mtdbench.study.cells import Batch, Block
from mtdbench.study.plan import Plan

ROOT = Path(__file__).parents[2]
PAPER = (
    *("paper-1d", "paper-1d-spacing", "heterogeneity", "paper-2d", "paper-2d-spacing"),
    *("paper-3d", "paper-picking", "moments-3d"),
)
DEFAULT, SLURM = (
    yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
    for name in ("default", "slurm")
)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ClusterJobs:
    """Of all studies, with results in a folder of the test."""
    monkeypatch.chdir(ROOT)
    for name in ("MTDBENCH_OWNER", "MTDBENCH_STUDY"):
        monkeypatch.setenv(name, "")  # what `Studies` sets is undone after the test
    return ClusterJobs(Studies(None, "full"), tmp_path)


@given(st.lists(st.floats(0.01, 1e5), min_size=1, max_size=200))
def test_packs_are_worth_a_job(seconds: list[float]) -> None:
    """Jobs that follow one another share a pack; none is short, but one that is all there is; the
    jobs of one that is not full are few.
    """
    numbers = pack_numbers(seconds)
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(numbers[-1] + 1))
    target = min(max(SHORTEST, sum(seconds) / PARALLEL), LONGEST)
    together = [
        [value for value, _ in pack]
        for _, pack in groupby(zip(seconds, numbers, strict=True), lambda pair: pair[1])
    ]
    for pack in together[:-1]:
        assert sum(pack) >= target > sum(pack[:-1])
    assert sum(together[-1]) >= SHORTEST or len(together) == 1


def test_the_papers_are_few_jobs_of_at_least_a_minute(jobs: ClusterJobs) -> None:
    """Shorter are some of the last steps, and steps that are one pack because they are no more."""
    laws, count, short = jobs.studies.calibration, 0, 0
    for name in PAPER:
        plan = jobs.studies.plan(name)
        seconds = dict.fromkeys(jobs.packs(name), 0.0)
        for pack in jobs.packs(name).values():
            seconds[pack.name] = expected(plan, pack.items, laws)
        assert all(taken >= 60 for pack, taken in seconds.items() if "-0-" not in pack)
        count += len(seconds) + 1
        short += sum(taken < 60 for taken in seconds.values())
    assert count <= 250
    assert short < 0.1 * count


def expected(plan: Plan, items: Sequence[Item], laws: Calibration) -> float:
    """What some jobs are expected to take together."""
    total = 0.0
    for item in items:
        if isinstance(item, Block):
            total += simulation_cost(item, laws).cpu_seconds
        elif isinstance(item, Batch):
            total += batch_cost(plan.study, item, laws).cpu_seconds
        else:
            total += scoring_cost(item, plan.batches_of(item.id), laws).cpu_seconds
    return total


def test_every_job_is_in_one_pack(jobs: ClusterJobs) -> None:
    plan = jobs.studies.plan("quick")
    held = [result_file(i, Path()) for pack in jobs.packs("quick").values() for i in pack.items]
    planned = [*plan.blocks, *plan.batches, *plan.cells]
    assert sorted(held) == sorted(result_file(item, Path()) for item in planned)
    assert all(len({type(i) for i in p.items}) == 1 for p in jobs.packs("quick").values())


def test_a_pack_waits_for_what_it_reads_and_is_not_there(jobs: ClusterJobs, tmp_path: Path) -> None:
    """A file that says that a pack is done is not believed where its results are missing."""
    found = jobs.packs("quick").values()
    first, last = (next(p for p in found if p.step is step) for step in (Step.SIMULATE, Step.SCORE))
    done = tmp_path / "quick" / "packs" / f"{first.name}.json"
    done.parent.mkdir(parents=True)
    done.touch()
    reads = next(p for p in found if p.step is Step.ESTIMATE)
    assert jobs.upstream(SimpleNamespace(study="quick", pack=reads.name)) == [str(done)]
    assert not done.exists()
    assert jobs.upstream(SimpleNamespace(study="quick", pack=first.name)) == []
    assert len(jobs.awaited("quick", last.items)) == 1

    finished = ClusterJobs(jobs.studies, tmp_path)
    for item in first.items:
        write_json(result_file(item, tmp_path / "quick"), {})
    assert finished.upstream(SimpleNamespace(study="quick", pack=reads.name)) == []


def test_a_pack_asks_for_what_is_left_of_it(jobs: ClusterJobs, tmp_path: Path) -> None:
    """By the plan; by the limits for what an attempt has begun; next to nothing in the end."""
    study = jobs.studies.plan("quick").study
    pack = next(p for p in jobs.packs("quick").values() if p.step is Step.ESTIMATE)
    wildcards = SimpleNamespace(study="quick", pack=pack.name)
    whole = jobs.pack(wildcards, 1)
    *others, left = pack.items
    for item in others:
        write_json(result_file(item, tmp_path / "quick"), {})
    alone = jobs.pack(wildcards, 2)
    assert isinstance(left, Batch)
    assert alone == first_request(study, left, jobs.studies.calibration)
    assert alone.seconds < whole.seconds
    leave(Mark.OUTGROWN, tmp_path / "quick", left)
    assert jobs.pack(wildcards, 1) == alone
    assert jobs.pack(wildcards, 2) == largest_request(study, left)
    assert jobs.pack(wildcards, LAST_ATTEMPT) == JobRequest(0, 0)


@pytest.mark.parametrize("step", ["simulate", "score", "publish"])
def test_steps_without_limits_ask_for_twice_as_much_each_time(jobs: ClusterJobs, step: str) -> None:
    plan = jobs.studies.plan("quick")
    cell = plan.cells[0].id
    wildcards = SimpleNamespace(study="quick", cell=cell, block=plan.blocks[0].name)
    asked = [getattr(jobs, step)(wildcards, attempt) for attempt in (1, 2, 3)]
    assert 2 * (asked[1].mem_mb - asked[0].mem_mb) == asked[2].mem_mb - asked[1].mem_mb > 0
    assert asked[0].runtime <= asked[1].runtime <= asked[2].runtime
    assert amount(getattr(jobs, step), "mem_mb")(wildcards, 1) == asked[0].mem_mb


def test_a_score_asks_for_minutes(jobs: ClusterJobs) -> None:
    """And for less than the 4 GB and the hour that it once asked for."""
    for cell in jobs.studies.plan("quick").cells:
        asked = jobs.score(SimpleNamespace(study="quick", cell=cell.id), 1)
        assert asked.runtime <= 5
        assert asked.mem_mb < 2500


@pytest.mark.parametrize("key", DEFAULT)
def test_the_profile_inherits_the_default_one(key: str) -> None:
    """Snakemake reads no second workflow profile; files take longer to appear on other nodes."""
    if key == "latency-wait":
        assert SLURM[key] > DEFAULT[key]
    else:
        assert SLURM[key] == DEFAULT[key]


def test_the_profile_tries_as_often_as_batches_know() -> None:
    assert SLURM["retries"] == LAST_ATTEMPT - 1
    assert "packs" in SLURM["resources"]
    assert not {"retries", "resources"} & DEFAULT.keys()


@pytest.mark.parametrize(
    ("sacct", "command"),
    [
        (None, "squeue"),
        ("echo 'Slurm accounting storage is disabled' >&2; exit 1", "squeue"),
        ("exit 0", "sacct"),
    ],
    ids=["none", "switched off", "on"],
)
def test_how_to_ask_for_jobs_is_found_out(
    sacct: str | None, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sacct is not None:
        script = tmp_path / "sacct"
        script.write_text(f"#!{shutil.which('sh')}\n{sacct}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = SimpleNamespace(status_command="sacct")
    choose_status_command(settings)
    assert settings.status_command == command


def test_other_executors_are_left_alone() -> None:
    choose_status_command(None)
    choose_status_command(other := SimpleNamespace())
    assert vars(other) == {}
