"""Runs jobs in guarded processes: whatever a run does, it ends as a record.

The runs of a batch share one fresh process. When a run breaks it, or has to be killed, the next
run gets a new one.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mtdbench.run.child import Child, RunLimits
from mtdbench.run.environment import environment
from mtdbench.run.job import Job, Record

__all__ = ["RunLimits", "guard"]


def guard(jobs: Sequence[Job], limits: RunLimits, threads: int, log: Path) -> list[Record]:
    """Run the jobs in order and return one record for each, whatever happens to them.

    Parameters
    ----------
    jobs : sequence of Job
        The runs; they share a process as long as it lives.
    limits : RunLimits
        What each run may take; enforced from outside.
    threads : int
        Threads of the runs' process.
    log : Path
        File for what the runs print, tracebacks included.
    """
    records: list[Record] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        while len(records) < len(jobs):
            with _worker(jobs[len(records) :], limits, threads, sink) as child:
                records += child.watch()
    return records


@contextmanager
def _worker(
    jobs: Sequence[Job], limits: RunLimits, threads: int, log: IO[bytes]
) -> Iterator[Child]:
    """A worker with the jobs on its standard input; nothing of it is left after the block."""
    read, write = os.pipe()
    with suppress(OSError, AttributeError):
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 2**20)  # so that a run rarely waits for us
    with tempfile.TemporaryFile() as task:
        task.write(json.dumps([job.facts() for job in jobs]).encode())
        task.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "mtdbench.run.worker", str(write), str(os.getpid())],
            stdin=task,
            stdout=log,
            stderr=log,
            env=environment(threads),
            pass_fds=[write],
            start_new_session=True,
        )
    os.close(write)
    child = Child(process, read, limits)
    try:
        yield child
    finally:
        child.kill()
        process.wait()
        os.close(read)
