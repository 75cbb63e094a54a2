"""A cluster of one node that takes its jobs' word for the memory, and ends those that outgrow it.

Under the name of a command of Slurm it does what Snakemake needs of that command. Jobs are files in
the folder `PRETENDED_SLURM`. Accounting is on if a file `accounting` is there: else `sacct` is
installed, and fails.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

STATE = Path(os.environ["PRETENDED_SLURM"])


def sbatch(words: list[str]) -> None:
    """Start a job, followed by a process of its own, and say its number."""
    parser = argparse.ArgumentParser()
    for name in ("--mem", "--wrap", "--output"):
        parser.add_argument(name)
    asked, _ = parser.parse_known_args(words)
    number = str(1 + len(list(STATE.glob("*.job"))))
    (STATE / f"{number}.job").write_text("RUNNING")
    with (STATE / "asked").open("a") as asks:
        asks.write(f"{asked.mem}\n")
    with Path(asked.output.replace("%j", number)).open("w") as log:
        subprocess.Popen(
            [sys.executable, __file__, "follow", number, asked.mem, asked.wrap],
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    print(number)  # noqa: T201


def follow(words: list[str]) -> None:
    """Run a job to its end, or until it takes more than it asked for."""
    number, mem, command = words
    job = psutil.Popen(["sh", "-c", command], env=os.environ | {"SLURM_JOB_ID": number})
    state = None
    while state is None:
        time.sleep(0.1)
        family = [job, *job.children(recursive=True)] if job.is_running() else []
        if sum(map(resident, family)) > int(mem) * 2**20:
            for process in family:
                process.kill()
            state = "OUT_OF_MEMORY"
        elif (code := job.poll()) is not None:
            state = "FAILED" if code else "COMPLETED"
    (STATE / f"{number}.job").write_text(state)


def resident(process: psutil.Process) -> int:
    """Bytes."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def states(words: list[str]) -> None:
    """Say what has become of all jobs."""
    for job in STATE.glob("*.job"):
        print(f"{job.stem}|{job.read_text()}")  # noqa: T201


def sacct(words: list[str]) -> None:
    """The same, by the accounts."""
    if not (STATE / "accounting").exists():
        sys.exit("Slurm accounting storage is disabled")
    states(words)


def scontrol(words: list[str]) -> None:
    """Say for how long the end of a job is remembered, as by default."""
    print("MinJobAge = 300 sec")  # noqa: T201


def srun(words: list[str]) -> None:
    """Take a step of a job: what follows the options."""
    command = words[next(i for i, word in enumerate(words) if not word.startswith("-")) :]
    os.execvp(command[0], command)


COMMANDS = {
    "sbatch": sbatch, "follow": follow, "squeue": states, "sacct": sacct, "srun": srun,
    "scontrol": scontrol,
}  # fmt: skip
"""All others do nothing, and say nothing."""

if __name__ == "__main__":
    name, *words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    if words[:1] == ["follow"]:
        name, *words = words
    COMMANDS.get(name, lambda words: None)(words)
