"""One process that some runs share, followed from outside until it ends or has to be ended."""

import os
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mtdbench.run.bounded_log import BoundedLog
from mtdbench.run.family import Family
from mtdbench.run.handing import hand_over
from mtdbench.run.hearing import (
    LONGEST_LINE,
    Asks,
    Begin,
    End,
    Event,
    Looked,
    Offered,
    Turn,
    hear,
)
from mtdbench.run.job import Conduct, Job, Record
from mtdbench.run.live import Live
from mtdbench.run.nursery import LEAVE_SECONDS, Nursery
from mtdbench.run.parting import kill_all, lives
from mtdbench.run.status import Status, death
from mtdbench.run.surroundings import contents

POLL_SECONDS = 0.02
PAUSE_SECONDS = 0.004
"""A pause after each reading, so that a run of very short iterations does not keep us busy."""
FOLDER_SECONDS = 1.0
"""How often the working directory is looked at."""
MOST_LOOKED = 10
GRACE_SECONDS = 1.0
"""How long a process may stay that has nothing left to say."""
DEAF = "closed the descriptor on which its run is followed"


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Wall seconds on the clock and in set-up, and resident memory in MiB, of one run; as much as
    of memory it may leave in its working directory.
    """

    seconds: float
    setup_seconds: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Lines:
    """How a child is connected: its events, its inputs, and what it prints."""

    events: int
    inputs: socket.socket
    output: int


class Child:
    """A process forked from a nursery and what it has told so far.

    Parameters
    ----------
    nursery : Nursery
    lines : Lines
    log : BoundedLog
    jobs : sequence of Job
        What it works at.
    limits : RunLimits
        What each run may take.
    folder : Path
        Where it works.
    isolation : str
        What keeps it from the truth, see `Conduct`.
    """

    def __init__(
        self, nursery: Nursery, lines: Lines, log: BoundedLog, jobs: Sequence[Job],
        limits: RunLimits, folder: Path, isolation: str,
    ) -> None:  # fmt: skip
        self.nursery, self.lines, self.log, self.jobs = nursery, lines, log, jobs
        self.limits, self.folder, self.isolation = limits, folder, isolation
        self.family = Family(nursery.handle)
        self.process: psutil.Process | None = None
        self.sizes = [0] * len(jobs)
        self.rest = b""
        self.live = Live()
        self.running = False
        self.claim: End | None = None
        self.records: list[Record] = []
        self.measured = self.looked = self.silent = self.killed = 0.0
        self.printed = log.total
        self.verdict: tuple[Status, str] | None = None
        self.judged = 0
        self.farewell: dict[str, Any] | None = None

    def watch(self) -> list[Record]:
        """Follow the child to its end; at least one record comes of it."""
        with selectors.DefaultSelector() as selector:
            for source, heard in (
                (self.nursery.control, self._hear_nursery),
                (self.lines.events, lambda: self._hear_events(selector)),
                (self.lines.output, self._hear_output),
            ):
                selector.register(source, selectors.EVENT_READ, heard)
            while self.farewell is None:
                for key, _ in selector.select(POLL_SECONDS):
                    key.data()
                self._judge()
        self._drain(self.lines.events, self._read)
        self._drain(self.lines.output, self.log.write)
        self._close()
        return self.records

    def kill(self) -> None:
        """End the child; the nursery ends everything that it has started."""
        self.killed, self.judged = time.monotonic(), len(self.records)
        if self.process is not None:
            kill_all([self.process])
        else:
            self.nursery.kill()

    def _hear_nursery(self) -> None:
        message = self.nursery.hear()
        if message is None:
            code = self.nursery.kill() if self.nursery.lives else self.nursery.process.wait()
            kill_all(self.family.members)  # nobody has adopted them
            message = {"code": code, "cpu_seconds": 0.0, "left_processes": 0}
        if "pid" in message:
            self.sizes = message["sizes"]
            with suppress(psutil.Error):
                self.process = psutil.Process(message["pid"])
            self.family.search(now=True)
        else:
            self.farewell = message

    def _hear_events(self, selector: selectors.BaseSelector) -> None:
        chunk = os.read(self.lines.events, 2**20)
        if chunk:
            self._read(chunk)
            time.sleep(PAUSE_SECONDS)
        else:
            selector.unregister(self.lines.events)
            self.silent = time.monotonic()

    def _hear_output(self) -> None:
        self.log.write(os.read(self.lines.output, 2**20))

    def _drain(self, descriptor: int, use: Callable[[bytes], None]) -> None:
        """Read what was still on its way; others may hold the pipe open, so never wait."""
        os.set_blocking(descriptor, False)
        with suppress(BlockingIOError):
            while chunk := os.read(descriptor, 2**20):
                use(chunk)

    def _read(self, chunk: bytes) -> None:
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        if len(self.rest) > LONGEST_LINE:
            self.rest, self.live.strange = b"", self.live.strange + 1
        for line in filter(None, lines):
            event = hear(line, len(self.records))
            if event is None or not self._take(event, len(line)):
                self.live.strange += 1

    def _take(self, event: Event, length: int) -> bool:
        """Whether the event makes sense now."""
        live = self.live
        if isinstance(event, Begin) == self.running or self.claim:
            return False
        match event:
            case Begin():
                # The first run answers for the start of the process.
                cpu = self.family.cpu_seconds()
                self.live = Live(cpu, cpu_since=cpu) if self.records else live
                self.live.start_seconds = self.live.seconds()
                self.running = True
            case Asks(names) if not live.handed:
                job = self.jobs[len(self.records)]
                live.handed, live.told = True, hand_over(self.lines.inputs, job, names)
            case Looked(name) if len(live.looked_for) < MOST_LOOKED:
                live.looked_for.append(name)
            case Turn():
                live.cpu = self.family.cpu_seconds()
                live.enter(event)
            case Offered():
                live.take(event, length)
            case End():
                self._end(event)
            case _:
                return False
        return True

    def _end(self, event: End) -> None:
        self.live.cpu = self.family.cpu_seconds()
        self.live.enter(Turn("over"))
        self.running, self.claim = False, event
        if len(self.records) < len(self.jobs) - 1:
            self._record(event.status, event.reason)
        else:
            self.silent = time.monotonic()

    def _judge(self) -> None:
        """End the child where it breaks a limit or does not leave."""
        now = time.monotonic()
        if now - self.measured < POLL_SECONDS / 2:
            return
        self.measured = now
        if self.killed:
            if now - self.killed > LEAVE_SECONDS:
                self.nursery.kill()
            return
        self.verdict = self._breach() if self.running else None
        if self.silent and now - self.silent > GRACE_SECONDS and not self.verdict:
            self.verdict = (Status.CRASHED, DEAF) if self._stays() else None
        if self.verdict:
            self.kill()

    def _stays(self) -> bool:
        return self.process is not None and lives(self.process)

    def _breach(self) -> tuple[Status, str] | None:
        """Measure the child; status and reason where the present run breaks a limit."""
        live, limits, now = self.live, self.limits, self.measured
        self.family.search()
        memory, live.cpu = self.family.memory_mib(), self.family.cpu_seconds()
        live.peak = max(live.peak, memory)
        if memory > limits.memory_mib:
            return Status.MEMORY, f"killed at the memory limit of {limits.memory_mib:g} MiB"
        if live.seconds("clock") > limits.seconds:
            return Status.TIMEOUT, f"killed at the wall limit of {limits.seconds:g} s"
        if live.seconds("setup") > limits.setup_seconds:
            return Status.TIMEOUT, f"killed in set-up at its limit of {limits.setup_seconds:g} s"
        if now - self.looked > FOLDER_SECONDS:
            self.looked = now
            if contents(self.folder)[1] > limits.memory_mib * 2**20:
                most = f"{limits.memory_mib:g} MiB"
                return Status.CRASHED, f"killed with more than {most} in its working directory"
        return None

    def _close(self) -> None:
        """The record of the last run that the child was at."""
        farewell = self.farewell or {}
        self.live.add_cpu(farewell["cpu_seconds"])
        left = farewell["left_processes"]
        if self.claim:
            self._record(self.claim.status, self.claim.reason, left)
        elif self.running or not self.records:
            judged = self.verdict if self.judged == len(self.records) else None
            self._record(*(judged or death(farewell["code"])), left)

    def _record(self, status: Status, reason: str, left: int = 0) -> None:
        files, file_bytes = contents(self.folder)
        printed, self.printed = self.log.total - self.printed, self.log.total
        conduct = Conduct(self.isolation, [], [], printed, files, file_bytes, left)
        size = self.sizes[len(self.records)]
        self.records.append(self.live.record(status, reason, self.claim, conduct, size))
        self.claim = None
