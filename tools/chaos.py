"""Disturb a small study in every way at hand, and see that its table comes out the same.

    python tools/chaos.py                                    fifty kills, some minutes
    python tools/chaos.py --kills 5 --trials 2 --snr 4       the short form

Snakemake, jobs and workers are killed outright (SIGKILL); result files are cut short, removed, and
given times in the past and in the future; Snakemake's records are removed; a second workflow runs
in the same folder; the study is another one for a while; and the disk is full for a while, where a
small file system can be mounted. Then the study is run to its end, and its table is compared with
that of an undisturbed run in all columns but those that are measured.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil
import yaml

from mtdbench.results.columns import TABLE
from mtdbench.study import load_study, make_plan

ROOT = Path(__file__).resolve().parents[1]
SWEEP = {"name": "a", "space": "line", "window": 5, "size": 300, "density": 0.2}
STUDY = {
    "name": "chaos",
    "batch": 2,
    "limits": {"seconds": 60, "setup_seconds": 120, "memory_mib": 2000},
    "estimators": [{"name": "zero"}, {"name": "oracle"}, {"name": "autocorrelation"}],
}
MEASURED = [column.name for column in TABLE if column.measured]
KEYS = ["cell", "estimator", "trial"]
MOST_WORKER_KILLS = 2
"""Of one batch: a run that is lost three times is taken for one that kills itself."""
MIB = 2**20


@dataclass
class Arena:
    """A folder with the workflow in it, and what was done there."""

    folder: Path
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    worker_kills: Counter[str] = field(default_factory=Counter)
    workflows: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """Of the study."""
        return self.folder / "results" / "chaos"

    @property
    def kills(self) -> int:
        """How many processes were killed so far."""
        return sum(count for what, count in self.done.items() if what.startswith("SIGKILL"))

    def start(self, study: str = "chaos.yaml") -> None:
        """Start a workflow."""
        environment = {**os.environ, "PATH": f"{self.folder}/bin{os.pathsep}{os.environ['PATH']}"}
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--config", f"study={study}"]
        with (self.folder / "workflow.log").open("ab") as log:
            self.workflows.append(
                subprocess.Popen(
                    [*command, "--", "results/chaos/table.parquet"],
                    cwd=self.folder, env=environment, stdout=log, stderr=log,
                )
            )  # fmt: skip

    def running(self) -> list["subprocess.Popen[bytes]"]:
        """The workflows that have not ended."""
        self.workflows = [process for process in self.workflows if process.poll() is None]
        return self.workflows

    def stop(self) -> None:
        """Kill all workflows and wait until their jobs have noticed."""
        for process in self.running():
            family = descendants(process)
            process.kill()
            process.wait()
            psutil.wait_procs(family, timeout=20)

    def finish(self, study: str = "chaos.yaml") -> int:
        """Run a workflow to its end; its exit code."""
        self.start(study)
        return self.workflows[-1].wait()


def descendants(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The processes that a workflow has started, and those that these have."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []


def make_arena(folder: Path, rng: random.Random, **grid: object) -> Arena:
    """A folder with the project's workflow and the study."""
    folder.mkdir(parents=True)
    for name in ("Snakefile", "profiles", "environment.yaml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "bin").mkdir()
    command = folder / "bin" / "mtdbench"  # of this interpreter, whatever else is installed
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mtdbench "$@"\n')
    command.chmod(0o755)
    study = {**STUDY, "sweeps": [{**SWEEP, **grid}]}
    (folder / "chaos.yaml").write_text(yaml.safe_dump(study))
    (folder / "other.yaml").write_text(yaml.safe_dump({**study, "seed": 77}))
    return Arena(folder, rng)


def kill_workflow(arena: Arena) -> None:
    """Kill Snakemake."""
    if running := arena.running():
        process = arena.rng.choice(running)
        process.kill()
        process.wait()
        arena.done["SIGKILL of Snakemake"] += 1


def kill_job(arena: Arena) -> None:
    """Kill what a rule runs: a simulation, the guard of a batch, a score, the table."""
    jobs: dict[str, list[psutil.Process]] = {}
    for process, words in processes(arena):
        if words[0] == "mtdbench":
            jobs.setdefault(words[1], []).append(process)
    if jobs:
        verb = arena.rng.choice(sorted(jobs))
        with suppress(psutil.NoSuchProcess):
            arena.rng.choice(jobs[verb]).kill()
            arena.done[f"SIGKILL of a job ({verb})"] += 1


def kill_worker(arena: Arena) -> None:
    """Kill the process that an estimator runs in."""
    workers = [process for process, words in processes(arena) if words[0] == "mtdbench.run.worker"]
    for process in arena.rng.sample(workers, len(workers)):
        with suppress(psutil.Error):
            batch = parse_batch(process.parent())
            if arena.worker_kills[batch] < MOST_WORKER_KILLS:
                process.kill()
                arena.worker_kills[batch] += 1
                arena.done["SIGKILL of a worker"] += 1
                return


def parse_batch(guard: psutil.Process | None) -> str:
    """The batch that a guard runs, from its command line."""
    words = [] if guard is None else guard.cmdline()
    return words[words.index("--batch") + 1] if "--batch" in words else ""


def processes(arena: Arena) -> list[tuple[psutil.Process, list[str]]]:
    """The processes `python -m WORDS` below the workflows, with these words."""
    found = []
    for workflow in arena.running():
        for process in descendants(workflow):
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if "-m" in words[:4]:
                found.append((process, words[words.index("-m") + 1 :]))
    return found


def files(arena: Arena) -> list[Path]:
    """The result files that are there."""
    found = arena.results.rglob("*")
    return sorted(p for p in found if p.is_file() and p.suffix != ".log" and p.name[0] != ".")


def cut_short(arena: Arena) -> None:
    """Truncate a result file at a random place."""
    if found := files(arena):
        path = arena.rng.choice(found)
        try:
            os.truncate(path, arena.rng.randrange(max(1, path.stat().st_size)))
            arena.done["file cut short"] += 1
        except FileNotFoundError:
            return


def remove(arena: Arena) -> None:
    """Remove a result file."""
    if found := files(arena):
        arena.rng.choice(found).unlink(missing_ok=True)
        arena.done["file removed"] += 1


def undo(arena: Arena) -> None:
    """Remove half of the records of a finished study, so that there is something to disturb."""
    for path in sorted(arena.results.glob("runs/*/*.json")):
        if arena.rng.random() < 0.5:
            path.unlink(missing_ok=True)
            arena.done["file removed"] += 1


def jump(arena: Arena) -> None:
    """Give half of the files times up to a year in the past and in the future."""
    for path in files(arena):
        if arena.rng.random() < 0.5:
            then = time.time() + arena.rng.uniform(-1, 1) * 365 * 86400
            try:
                os.utime(path, (then, then))
            except FileNotFoundError:
                continue
    arena.done["clock jumped"] += 1


def forget(arena: Arena) -> None:
    """Remove Snakemake's records, while no workflow runs."""
    arena.stop()
    subprocess.run(["rm", "-rf", str(arena.folder / ".snakemake")], check=True)
    arena.done["records removed"] += 1


def second(arena: Arena) -> None:
    """Start another workflow beside the one that runs."""
    if len(arena.running()) == 1:
        arena.start()
        arena.done["second workflow"] += 1


def change(arena: Arena) -> None:
    """Run another study of the same name for a while."""
    arena.stop()
    arena.start("other.yaml")
    time.sleep(arena.rng.uniform(4, 10))
    arena.stop()
    arena.done["study changed"] += 1


ACTIONS: tuple[tuple[int, Callable[[Arena], None]], ...] = (
    (4, kill_workflow), (12, kill_job), (20, kill_worker), (2, cut_short), (1, remove), (1, jump),
    (1, forget), (1, second), (1, change),
)  # fmt: skip
"""What may happen, and how often compared with the rest."""


def disturb(arena: Arena, kills: int, seconds: float) -> None:
    """Let things happen until so many processes were killed, or the time is up."""
    weights, actions = zip(*ACTIONS, strict=True)
    end = time.monotonic() + seconds
    first = list(actions)  # each at least once
    while arena.kills < kills and time.monotonic() < end:
        if not arena.running():
            if (arena.results / "table.parquet").exists():
                cut_short(arena)
                undo(arena)
            arena.start()
        wait_for_jobs(arena)
        time.sleep(arena.rng.uniform(0, 1))
        action = first.pop() if first else arena.rng.choices(actions, weights)[0]
        action(arena)
    arena.stop()


def wait_for_jobs(arena: Arena, seconds: float = 60) -> None:
    """Wait until a workflow has a job, or none runs any more."""
    end = time.monotonic() + seconds
    while arena.running() and not processes(arena) and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[bool]:
    """A file system of that size at a folder; whether it could be mounted."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(arena: Arena) -> pd.DataFrame | None:
    """Run the study on a disk that is full for a while; None where none can be mounted."""
    with small_disk(arena.folder / "results", 8) as mounted:
        if not mounted:
            return None
        for left in (0, 150_000):
            ballast = arena.folder / "results" / "ballast"
            size = 8 * MIB - left
            with ballast.open("wb") as stream:
                try:
                    while stream.tell() < size:
                        stream.write(bytes(4096))
                        stream.flush()
                except OSError:
                    pass
            arena.done["disk full"] += 1
            arena.finish()
            ballast.unlink()
        return to_the_end(arena)


def to_the_end(arena: Arena) -> pd.DataFrame:
    """The table, when the study is left alone until no run is lost; at most four workflows."""
    for _ in range(4):
        code = arena.finish()
        path = arena.results / "table.parquet"
        if code == 0 and "lost" not in set(pd.read_parquet(path)["status"]):
            break
    return pd.read_parquet(arena.results / "table.parquet")


def compare(table: pd.DataFrame, undisturbed: pd.DataFrame, study: Path) -> str:
    """What is wrong with a table; nothing if every planned row is there once, and the same."""
    plan = make_plan(load_study(study)[0])
    keys = [
        (batch.block.cell.id, batch.run.label, trial)
        for batch in plan.batches
        for trial in batch.block.trials
    ]
    if sorted(zip(*(table[key] for key in KEYS), strict=True)) != sorted(keys):
        return f"{len(table)} rows, {len(keys)} planned"
    one, two = (t.drop(columns=MEASURED).sort_values(KEYS, ignore_index=True)
                for t in (table, undisturbed))  # fmt: skip
    try:
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    except AssertionError as error:
        return " ".join(str(error).split())
    return ""


def main() -> int:
    """Run it all and print what was done and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="at least (default: 50)")
    parser.add_argument("--trials", type=int, default=4, help="of the study (default: 4)")
    parser.add_argument("--snr", type=float, nargs="+", default=[4, 9], help="its cells (4 9)")
    parser.add_argument("--seconds", type=float, default=480, help="of disturbance, at most")
    parser.add_argument("--seed", type=int, default=0, help="of what happens when")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, which is kept")
    arguments = parser.parse_args()
    began, rng = time.monotonic(), random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as temporary:
        base = arguments.keep or Path(temporary)
        calm, arena, full = (
            make_arena(base / name, rng, trials=arguments.trials, snr=arguments.snr)
            for name in ("undisturbed", "disturbed", "full")
        )
        undisturbed, study = to_the_end(calm), calm.folder / "chaos.yaml"
        disturb(arena, arguments.kills, arguments.seconds)
        wrong = {"after the kills": compare(to_the_end(arena), undisturbed, study)}
        table = fill_disk(full)
        if table is not None:
            wrong["after the full disk"] = compare(table, undisturbed, study)
    for what, count in sorted((arena.done + full.done).items()):
        print(f"{count:4d}  {what}")
    if table is None:
        print("   -  disk full: no file system can be mounted here")
    for when, words in wrong.items():
        print(f"{when}: {words or f'all {len(undisturbed)} rows once, and the same'}")
    enough = arena.kills >= arguments.kills
    print(f"{arena.kills} kills of {arguments.kills}, {time.monotonic() - began:.0f} s")
    return 0 if enough and not any(wrong.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
