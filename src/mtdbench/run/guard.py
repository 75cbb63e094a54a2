"""Runs jobs in guarded processes: whatever a run does, it ends as a record.

Runs of this package's own estimators share a process, and with it what was compiled, as long as it
lives. Every run of a plugin has a process of its own, forked from one that no estimator has
touched: it finds nothing of another run, and leaves nothing to one.
"""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from io import FileIO
from itertools import takewhile
from pathlib import Path

from mtdbench.estimators import registry
from mtdbench.plain_text import plain_line
from mtdbench.run.bounded_log import BoundedLog
from mtdbench.run.child import Child, Lines, RunLimits
from mtdbench.run.handing import nameless
from mtdbench.run.job import Job, Record
from mtdbench.run.landlock import landlock_version, rule_set
from mtdbench.run.nursery import Nursery
from mtdbench.run.status import Status
from mtdbench.run.surroundings import (
    CACHE,
    cache_folder,
    hidden_paths,
    link_named_files,
    named_files,
    working_folder,
)

__all__ = ["RunLimits", "guard"]

LOG_BYTES = 2**20
"""What is kept of all that the runs of a batch print, beginnings and ends of each together."""
LEAST_LOG_BYTES = 2**14


@dataclass(frozen=True, slots=True)
class Shared:
    """What the processes of a batch have in common.

    Attributes
    ----------
    limits : RunLimits
    log : BoundedLog
    output : pair of streams
        The pipe from which the log comes, its ends to read and to write.
    base : Path
        Where their working directories are made.
    rules : function
        The descriptors of the rules of Landlock, of which there may be none, for a plugin's name;
        that of mtdbench itself is empty.
    """

    limits: RunLimits
    log: BoundedLog
    output: tuple[FileIO, FileIO]
    base: Path
    rules: Callable[[str], list[int]]


def guard(jobs: Sequence[Job], limits: RunLimits, threads: int, log: Path) -> list[Record]:
    """Run the jobs in order and return one record for each, whatever happens to them.

    Parameters
    ----------
    jobs : sequence of Job
        The runs.
    limits : RunLimits
        What each run may take; enforced from outside.
    threads : int
        Threads of each run.
    log : Path
        File for what the runs print, tracebacks included; its beginning and its end where it is
        much.
    """
    records: list[Record] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink, _pipe() as output, working_folder() as base, ExitStack() as stack:
        share = max(LOG_BYTES // max(len(jobs), 1), LEAST_LOG_BYTES) // 2
        rules = cache(lambda plugin: stack.enter_context(_rules(jobs, base, plugin)))
        shared = Shared(limits, BoundedLog(sink, share, share), output, base, rules)
        nursery = None
        while len(records) < len(jobs):
            if nursery is None or not nursery.lives:
                nursery = Nursery(threads, output[1].fileno())
                stack.callback(nursery.close)
            some = _together(jobs[len(records) :])
            try:
                with _child(nursery, some, shared) as child:
                    records += child.watch()
            except OSError as error:  # no descriptor, no space, no folder
                reason = plain_line(f"could not be started: {error}", 300)
                records.append(Record(Status.LOST, reason))
            shared.log.end_section()
    return records


def _together(jobs: Sequence[Job]) -> Sequence[Job]:
    """The first jobs that may share a process; at least one."""
    return list(takewhile(_is_own, jobs)) or jobs[:1]


def _is_own(job: Job) -> bool:
    """Whether only code of this package computes."""
    named = [v for v in job.options.values() if isinstance(v, str) and v in registry.names()]
    return all(map(registry.is_built_in, (job.method, *named)))


@contextmanager
def _child(nursery: Nursery, jobs: Sequence[Job], shared: Shared) -> Iterator[Child]:
    """A process at some jobs; nothing of it is left after the block."""
    ours, theirs = socket.socketpair()
    ours.settimeout(shared.limits.setup_seconds)
    with working_folder(shared.base) as folder, _pipe() as (events, told), ours, theirs:
        plugin = "" if _is_own(jobs[0]) else jobs[0].method
        link_named_files(named_files(jobs), folder)
        rules, (read, write) = shared.rules(plugin), shared.output
        lines = Lines(events.fileno(), ours, read.fileno())
        child = Child(nursery, lines, shared.log, jobs, shared.limits, folder, _isolation(rules))
        order = {
            "jobs": [nameless(job) for job in jobs],
            "folder": str(folder),
            "environment": _environment(folder, plugin),
            "file_bytes": int(shared.limits.memory_mib * 2**20),
            "watched": bool(plugin),
        }
        nursery.fork(order, [told.fileno(), theirs.fileno(), write.fileno(), *rules])
        theirs.close()
        told.close()
        try:
            yield child
        finally:
            if child.farewell is None:  # whoever guards was interrupted
                nursery.kill()


def _environment(folder: Path, plugin: str) -> dict[str, str]:
    """Variables of a run: temporary files in its own folder; a plugin's cache is its own."""
    found = {"TMPDIR": str(folder), "PWD": str(folder)}
    if plugin:
        cache = str(cache_folder(plugin))
        found |= {CACHE: cache, "NUMBA_CACHE_DIR": cache}
    return found


@contextmanager
def _rules(jobs: Sequence[Job], base: Path, plugin: str) -> Iterator[list[int]]:
    """A descriptor of the rules for processes; none where the kernel has none."""
    if not landlock_version():
        yield []
        return
    compiled = cache_folder(plugin)
    with suppress(OSError):
        compiled.mkdir(parents=True, exist_ok=True)
    # A process of several runs forgets the peak of its memory between them, which is a file.
    writable = [base, compiled, Path("/dev/shm"), *([] if plugin else [Path("/proc")])]
    rules = rule_set(hidden_paths(jobs), named_files(jobs), writable)
    try:
        yield [rules]
    finally:
        os.close(rules)
        with suppress(OSError):  # a plugin that compiles nothing leaves no folder
            compiled.rmdir()


def _isolation(rules: list[int]) -> str:
    return f"landlock {landlock_version()}" if rules else "descriptors"


@contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    """Ends to read and to write of a pipe, which are closed after the block."""
    read, write = os.pipe()
    with suppress(OSError, AttributeError):
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 2**20)  # so that a run rarely waits for us
    with FileIO(read, "r") as source, FileIO(write, "w") as sink:
        yield source, sink
