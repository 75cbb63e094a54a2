"""A batch on a cluster: what its job was given, and what becomes of it at each attempt.

A job asks for what the plan expects, and for the study's limits when it is tried again. Whatever
the cluster does, the last attempt leaves a record for every run.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mtdbench.run.batch import lose_batch, run_batch
from mtdbench.run.batch_file import read_batch
from mtdbench.run.guard import RunLimits, guard
from mtdbench.run.job import Job, Record
from mtdbench.run.marks import Mark, is_left, leave, take
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch
from mtdbench.study.schema import Study

OVERHEAD_MIB = 900.0
"""What a cluster job holds beside a run: two processes of Snakemake, and the guard."""
START_SECONDS = 30.0
"""What a process takes to start and to end on a busy file system."""
LAST_ATTEMPT = 4
"""At this attempt no estimator is run; `retries` of a cluster's profile is one less."""


class OutgrownError(Exception):
    """A batch needs more than its job was given, and may have it at the next attempt."""


class OverTimeError(OutgrownError):
    """The time of the job is over."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a cluster gave a job: memory in MiB, wall-clock seconds; and which attempt at its work
    this is, counted from 1.
    """

    memory_mib: float
    seconds: float
    attempt: int = 1

    @property
    def run_mib(self) -> float:
        """What is left of the memory for a run."""
        return max(self.memory_mib - OVERHEAD_MIB, 1.0)

    @property
    def working_seconds(self) -> float:
        """What is left of the time for a process that has started, and is to end in time."""
        return max(self.seconds - START_SECONDS / 2, 1.0)


def run_allocated(
    study: Study, batch: Batch, folder: Path, out: Path, log: Path, given: Allocation
) -> None:
    """Run a batch within what its job was given; at the last attempt, note that none did it.

    Raises
    ------
    OutgrownError
        If a run needed more memory or time than the job was given, but not more than the study's
        limits: the next attempt is given these.
    """
    if given.attempt >= LAST_ATTEMPT:
        lose_batch(study, batch, folder, out, _why_lost(folder, batch))
        return
    memory = min(study.limits.memory_mib, given.run_mib)

    def guarded(jobs: list[Job], limits: RunLimits, threads: int, log: Path) -> list[Record]:
        return guard(jobs, replace(limits, memory_mib=memory), threads, log)

    leave(Mark.BEGUN, folder, batch)
    try:
        run_batch(study, batch, folder, out, log, guarded)
        if memory < study.limits.memory_mib:
            _check_outgrown(out, batch, given)
    except OutgrownError:
        leave(Mark.OUTGROWN, folder, batch)
        raise
    finally:
        take(Mark.BEGUN, folder, batch)


@contextmanager
def within(given: Allocation) -> Iterator[None]:
    """A block that ends before its job does, and with it what it runs in other processes.

    Raises
    ------
    OverTimeError
        If it has to.
    """

    def over(*_: object) -> None:
        raise OverTimeError(f"longer than the {given.seconds / 60:.0f} minutes of the job")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, given.working_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _check_outgrown(out: Path, batch: Batch, given: Allocation) -> None:
    """Whether any run was ended for want of memory, by the guard or by the kernel."""
    for run in read_batch(out).values():
        if run.record.status is Status.MEMORY or "SIGKILL" in run.record.reason:
            out.unlink()
            raise OutgrownError(f"{batch.id}: more memory than {given.run_mib:.0f} MiB")


def _why_lost(folder: Path, batch: Batch) -> str:
    why = "ended without a word"
    if not is_left(Mark.BEGUN, folder, batch):
        why = "got too little" if is_left(Mark.OUTGROWN, folder, batch) else "did not begin"
    return f"its cluster job {why} in {LAST_ATTEMPT - 1} attempts"
