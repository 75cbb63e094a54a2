"""The whole study under Snakemake: resumed, on more cores, and with more cells it is the same."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mtdbench.results.columns import TABLE
from mtdbench.study import find_study, make_plan

ROOT = Path(__file__).parents[1]
SWEEP = {
    "name": "a",
    "space": "line",
    "window": 6,
    "size": 500,
    "snr": 4,
    "density": 0.2,
    "trials": 2,
}
STUDY = {
    "name": "s",
    "batch": 2,
    "limits": {"seconds": 20, "memory_mib": 2000},
    "sweeps": [SWEEP],
    "estimators": [
        {"name": "good", "options": {"steps": [2, 4]}},
        {"name": "slow", "options": {"seconds": 1.0}},
        {"name": "segfaults"},
    ],
}


@pytest.fixture
def place(tmp_path: Path, plugins: Path) -> Path:
    """A folder with the project's workflow in it, and this interpreter's tools on the path."""
    for name in ("Snakefile", "profiles", "environment.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def command(cores: int, study: str) -> list[str]:
    """Runs the workflow up to the table."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    return [*snakemake, "--config", f"study={study}", "--", "results/s/table.parquet"]


def environment() -> dict[str, str]:
    """With the tools of this interpreter first on the path."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def write(place: Path, name: str, **changes: object) -> str:
    """A study file."""
    (place / name).write_text(yaml.safe_dump({**STUDY, **changes}))
    return name


def snakemake(place: Path, study: str, cores: int = 2) -> tuple[str, pd.DataFrame]:
    """Run the workflow to its end; what it printed, and the table."""
    done = subprocess.run(
        command(cores, study), cwd=place, env=environment(), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(place / "results" / "s" / "table.parquet")
    return done.stderr, table.drop(columns=[column.name for column in TABLE if column.measured])


def kill_half_way(place: Path, study: str) -> None:
    """Start the workflow and, when it has taken note of a batch that is done, kill it outright."""
    process = subprocess.Popen(
        command(2, study), cwd=place, env=environment(), stderr=subprocess.DEVNULL
    )
    for _ in range(1200):
        noted = [p for p in (place / ".snakemake" / "metadata").rglob("*") if p.is_file()]
        if len(noted) >= 2:  # the simulation and a batch
            time.sleep(0.2)
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.long
def test_killed_or_grown_a_study_gives_the_same_rows(place: Path) -> None:
    study = write(place, "study.yaml")
    kill_half_way(place, study)
    done = {p: p.stat().st_mtime_ns for p in place.glob("results/s/runs/*/*.json")}
    assert 1 <= len(done) < 4
    _, resumed = snakemake(place, study)
    kept = [path for path, time_ns in done.items() if path.stat().st_mtime_ns == time_ns]
    assert len(kept) >= max(1, len(done) - 2)  # those that were being recorded may run again

    again, _ = snakemake(place, study)
    assert "Nothing to be done" in again

    # In other order, with one more cell and one more estimator, on one core.
    sweeps = [{**SWEEP, "snr": [9, 4]}]
    estimators = [{"name": "oracle"}, *reversed(STUDY["estimators"])]
    grown = write(place, "grown.yaml", sweeps=sweeps, estimators=estimators)
    before = {p: p.stat().st_mtime_ns for p in place.glob("results/s/runs/*/*.json")}
    output, more = snakemake(place, grown)
    assert all(path.stat().st_mtime_ns == time_ns for path, time_ns in before.items())
    assert re.search(r"^estimate +6$", output, re.MULTILINE)  # 2 cells x 5 - 1 cell x 4

    (place / "afresh").mkdir()
    for name in ("Snakefile", "profiles", "environment.yaml", "study.yaml"):
        (place / "afresh" / name).symlink_to(place / name)
    _, afresh = snakemake(place / "afresh", study, cores=1)
    keys = ["cell", "estimator", "trial"]
    pd.testing.assert_frame_equal(
        resumed.sort_values(keys, ignore_index=True), afresh.sort_values(keys, ignore_index=True)
    )
    common = more.merge(afresh[keys], on=keys).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(common, afresh.sort_values(keys, ignore_index=True))
    assert len(more) == 2 * 5 * 2
    assert set(afresh.loc[afresh["estimator"] == "segfaults", "reason"]) == {"killed by SIGSEGV"}


def test_a_bad_study_is_refused_before_anything_is_run(place: Path) -> None:
    study = write(place, "bad.yaml", estimators=[{"name": "zreo"}])
    done = subprocess.run(
        command(1, study), cwd=place, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "unknown estimator 'zreo': did you mean 'zero'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "results").exists()


def planned_jobs(place: Path, target: str, *config: str) -> dict[str, int]:
    """What a dry run in a folder would do, rule by rule."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", target, "--cores", "96", "--config", *config],
        cwd=place, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.findall(r"^(\w+) +(\d+)$", done.stderr + done.stdout, re.MULTILINE)
    return {rule: int(count) for rule, count in found}


@pytest.mark.long
def test_results_without_records_are_judged_by_what_they_say(place: Path) -> None:
    """Copied results, in another clock's times: they stand. Those of another seed do not."""
    quick = [{"name": "good"}, {"name": "segfaults"}]
    study, target = write(place, "study.yaml", estimators=quick), "results/s/table.parquet"
    _, first = snakemake(place, study)
    shutil.rmtree(place / ".snakemake")
    for number, path in enumerate(sorted((place / "results").rglob("*"))):
        os.utime(path, (time.time() + 1000 * (-1) ** number,) * 2)
    assert planned_jobs(place, target, f"study={study}") == {}
    limits = {**STUDY["limits"], "setup_seconds": 100}
    other_limits = write(place, "limits.yaml", estimators=quick, limits=limits)
    assert planned_jobs(place, target, f"study={other_limits}") == {"table": 1, "total": 1}
    other_seed = write(place, "seed.yaml", estimators=quick, seed=2)
    every = {"simulate": 1, "estimate": 2, "score": 1, "table": 1, "total": 5}
    assert planned_jobs(place, target, f"study={other_seed}") == every

    victim = min((place / "results/s/runs").rglob("good*.json"))
    victim.write_bytes(victim.read_bytes()[:-100])
    jobs = {"estimate": 1, "score": 1, "table": 1, "total": 3}
    assert planned_jobs(place, target, f"study={study}") == jobs
    assert victim.exists()  # a dry run sets nothing aside
    output, again = snakemake(place, study)
    assert re.search(r"^estimate +1$", output, re.MULTILINE)
    pd.testing.assert_frame_equal(again, first)


@pytest.mark.system
def test_a_figure_of_a_paper_needs_its_own_runs_alone(place: Path) -> None:
    """At both scales the cells of its sweep, and no report."""
    (place / "config").symlink_to(ROOT / "config")
    study = find_study(str(ROOT / "config" / "paper-2d.yaml"))[0]
    for scale, name in ((study, "full"), (study.reduced(), "reduced")):
        plan = make_plan(scale)
        cells = plan.cells_of(plan.drawing("em2-2"))
        jobs = planned_jobs(place, "figure_em2_2", f"scale={name}")
        assert jobs["score"] == len(cells) == 7
        assert jobs["estimate"] == sum(len(plan.batches_of(cell.id)) for cell in cells)
        assert jobs["figure"] == jobs["figure_em2_2"] == 1
        assert "report" not in jobs
