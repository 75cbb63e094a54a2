"""One worker process, followed from outside until it ends or has to be ended."""

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from mtdbench.run.job import Record, Snapshot
from mtdbench.run.live import Live
from mtdbench.run.memory import process_family, resident_mib
from mtdbench.run.status import Status, death

POLL_SECONDS = 0.02
PAUSE_SECONDS = 0.004
"""A pause after each reading, so that a run of very short iterations does not keep us busy."""
FAMILY_SECONDS = 0.2
"""How often new descendants are looked for: a run rarely has any, and the search costs more."""
LEAVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Wall seconds on the clock and in set-up, and resident memory in MiB, of one run."""

    seconds: float
    setup_seconds: float
    memory_mib: float


class Child:
    """A worker process and what it has told so far.

    Parameters
    ----------
    process : Popen
        The worker, the leader of its own process group.
    pipe : int
        File descriptor from which its events are read.
    limits : RunLimits
        What each run may take.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", pipe: int, limits: RunLimits) -> None:
        self.process, self.pipe, self.limits = process, pipe, limits
        self.handle = psutil.Process(process.pid)
        self.family = [self.handle]
        self.searched = self.measured = 0.0
        self.rest = b""
        self.live = Live()
        self.running = False
        self.records: list[Record] = []

    def watch(self) -> list[Record]:
        """Follow the child to its end; at least one record comes of it."""
        verdict = None
        for chunk in self._chunks():
            self._read(chunk)
            if verdict := self._breach():
                self.kill()
                break
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LEAVE_SECONDS)
        self.kill()
        code = self.process.wait()
        self._drain()
        if self.running or not self.records:
            self.records.append(self.live.record(*(verdict or death(code))))
        return self.records

    def kill(self) -> None:
        """End the child and everything that it has started."""
        relatives = process_family(self.handle)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for process in {*relatives, *self.family}:
            with suppress(psutil.Error):
                process.kill()

    def _chunks(self) -> Iterator[bytes]:
        """What arrives on the pipe, or nothing every 20 ms; ends with the child."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            while True:
                ready = selector.select(POLL_SECONDS)
                chunk = os.read(self.pipe, 2**20) if ready else b""
                if (ready and not chunk) or (not ready and self.process.poll() is not None):
                    return
                yield chunk
                time.sleep(PAUSE_SECONDS if chunk else 0.0)

    def _drain(self) -> None:
        """Read what was still on its way; descendants may hold the pipe open, so never wait."""
        os.set_blocking(self.pipe, False)
        with suppress(BlockingIOError):
            while chunk := os.read(self.pipe, 2**20):
                self._read(chunk)

    def _read(self, chunk: bytes) -> None:
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines:
            self._hear(json.loads(line))

    def _hear(self, event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "begin":
            # The first run answers for the start of the process.
            self.live = Live() if self.records else self.live
            self.running = True
        elif kind == "clock":
            self.live.enter("clock")
            self.live.cpu_start = self._cpu_seconds()
        elif kind == "setup":
            self.live.enter("setup" if event["on"] else "clock")
        elif kind == "snapshot":
            self.live.device = event["device"]
            self.live.take(Snapshot(**event["snapshot"]), event["keep"])
        elif kind == "end":
            peak = max(event.pop("peak_rss_mib"), self.live.peak)
            status, snapshots = Status(event.pop("status")), self.live.snapshots()
            self.records.append(Record(status, **event, peak_rss_mib=peak, snapshots=snapshots))
            self.running = False

    def _breach(self) -> tuple[Status, str] | None:
        """Measure the child; status and reason where the present run breaks a limit."""
        now, live, limits = time.monotonic(), self.live, self.limits
        if now - self.measured < POLL_SECONDS / 2:
            return None
        self.measured = now
        if now - self.searched > FAMILY_SECONDS:
            self.family, self.searched = process_family(self.handle), now
        memory = resident_mib(self.family)
        live.peak, live.cpu = max(live.peak, memory), self._cpu_seconds()
        if memory > limits.memory_mib:
            return Status.MEMORY, f"killed at the memory limit of {limits.memory_mib:g} MiB"
        if live.seconds("clock") > limits.seconds:
            return Status.TIMEOUT, f"killed at the wall limit of {limits.seconds:g} s"
        if live.seconds("setup") > limits.setup_seconds:
            return Status.TIMEOUT, f"killed in set-up at its limit of {limits.setup_seconds:g} s"
        return None

    def _cpu_seconds(self) -> float:
        try:
            return sum(self.handle.cpu_times()[:4])
        except psutil.Error:
            return self.live.cpu
