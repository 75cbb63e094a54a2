"""What the suite itself takes: runs of nothing, and studies that are only planned.

    python tools/overhead.py runs --trials 300 --batches 10 100
    python tools/overhead.py plans --runs 20000

`runs` carries out a study whose estimator, `zero`, does nothing, with Snakemake on one core and two
sizes of a batch, and prints the CPU seconds that a run takes and those that a process takes.
`plans` times `mtdbench check`, `mtdbench plan` and `snakemake -n` on a study of so many runs. Both
work in an empty folder.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from mtdbench.study import make_plan, parse_study

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def study(name: str, trials: int, batch: int, snr: Sequence[float], estimators: int) -> str:
    """The text of a study of signals in which nothing is estimated."""
    sweep = {"name": "a", "space": "line", "window": 6, "size": 500, "snr": [*snr], "density": 0.2}
    content: dict[str, Any] = {
        "name": name,
        "batch": batch,
        "sweeps": [{**sweep, "trials": trials, "bound": False}],
        "estimators": [{"name": "zero", "label": f"zero-{k}"} for k in range(estimators)],
    }
    return yaml.safe_dump(content)


def seconds(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall seconds of a command in a folder, and CPU seconds of it and all that it started."""
    before, start = os.times(), time.perf_counter()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system
    return wall, cpu - before.children_user - before.children_system


def snakemake(folder: Path, *arguments: str) -> list[str]:
    """The command that works at the study in a folder, with the settings of the default profile."""
    profile = ROOT / "profiles" / "default"
    return [
        str(BIN / "snakemake"), "--snakefile", str(ROOT / "Snakefile"),
        "--workflow-profile", str(profile), "--config", "study=study.yaml", *arguments,
    ]  # fmt: skip


def runs(folder: Path, trials: int, batches: tuple[int, int]) -> None:
    """Carry out runs of nothing, in small batches and in large, and print what they took.

    Of `trials` runs in J jobs the suite takes trials r + J p CPU seconds: r for a run, p for the
    process of a job. Two sizes of a batch give both.
    """
    cpu, jobs = zip(*(_carried_out(folder, trials, batch) for batch in batches), strict=True)
    a_process = (cpu[0] - cpu[1]) / (jobs[0] - jobs[1])
    a_run = (cpu[0] - jobs[0] * a_process) / trials
    print(f"{a_run:.3f} CPU s a run and {a_process:.3f} CPU s a process")


def _carried_out(folder: Path, trials: int, batch: int) -> tuple[float, int]:
    """CPU seconds without Snakemake's own, and how many jobs there were."""
    text = study(f"nothing-{batch}", trials, batch, [1.0], 1)
    (folder / "study.yaml").write_text(text)
    table = ["--cores", "1", "--", f"results/nothing-{batch}/table.parquet"]
    _, all_of_it = seconds(snakemake(folder, *table), folder)
    _, again = seconds(snakemake(folder, *table), folder)  # Snakemake's own start, and nothing else
    plan = make_plan(parse_study(text))
    jobs = len(plan.blocks) + len(plan.batches) + len(plan.cells) + 1
    cpu = all_of_it - again
    print(f"{trials} runs, {batch} to a batch, in {jobs} jobs: {cpu:.1f} CPU s", end=", ")
    print(f"{cpu / trials:.3f} a run, {cpu / jobs:.3f} a job; Snakemake {again:.1f}")
    return cpu, jobs


def plans(folder: Path, runs: int, batch: int) -> None:
    """Time what is done with a study before any of it is run."""
    cells, estimators, trials = 100, 10, runs // 1000
    snr = [round(1 + k / cells, 2) for k in range(cells)]
    (folder / "study.yaml").write_text(study("planned", trials, batch, snr, estimators))
    mtdbench = str(BIN / "mtdbench")
    for command in (
        [mtdbench, "check", "study.yaml"],
        [mtdbench, "plan", "study.yaml"],
        snakemake(folder, "--cores", "1", "-n", "--quiet", "all"),
    ):
        wall, cpu = seconds(command, folder)
        words = " ".join(Path(part).name for part in command[:2])
        print(f"{words:24s} {cells * estimators * trials} runs: {wall:5.1f} s, {cpu:5.1f} CPU s")


def main() -> None:
    """Do what was asked for, in an empty folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    of_runs = verbs.add_parser("runs", help="carry out runs of nothing")
    of_runs.add_argument("--trials", type=int, default=300)
    of_runs.add_argument("--batches", type=int, nargs=2, default=(10, 100))
    of_plans = verbs.add_parser("plans", help="check, plan and dry-run a large study")
    of_plans.add_argument("--runs", type=int, default=20_000)
    of_plans.add_argument("--batch", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.verb == "runs":
            runs(Path(folder), given.trials, tuple(given.batches))
        else:
            plans(Path(folder), given.runs, given.batch)


if __name__ == "__main__":
    main()
