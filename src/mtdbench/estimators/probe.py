"""Estimators of other packages, imported by a process of its own first.

An import may hang, end its process or print; the process that asks survives it.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

IMPORT_SECONDS = 60.0
"""How long an import may take; some wait for a slow disk or for a graphics card."""


IMPORTED = "MTDBENCH_IMPORTED"
"""The environment variable with the names that were imported without a fault by this process or one
that started it: the jobs of a workflow do not find it out again.
"""


@cache
def import_fault(name: str, seconds: float = IMPORT_SECONDS) -> str:
    """Why the estimator of that name cannot be used; empty where it can."""
    known = os.environ.get(IMPORTED, "").split()
    if name in known:
        return ""
    ((_, facts),) = probe([name], seconds)
    if "fault" not in facts:
        os.environ[IMPORTED] = " ".join([*known, name])
    return str(facts.get("fault", ""))


def probe(
    names: Sequence[str], seconds: float = IMPORT_SECONDS
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The names in order, each with its facts, see `mtdbench.estimators.description`, or with a
    `fault` in one line.

    Parameters
    ----------
    names : sequence of str
        Registered names.
    seconds : float
        Wall seconds that each import may take.
    """
    pending = list(names)
    while pending:
        reason = ""
        for facts in (answers := _Answers(pending, seconds)):
            yield pending.pop(0), facts
        if pending:
            reason = f"estimator '{pending[0]}' cannot be imported ({answers.end})"
            yield pending.pop(0), {"fault": reason}


class _Answers:
    """The answers of one process, until it has no more; `end` says how it ended."""

    def __init__(self, names: Sequence[str], seconds: float) -> None:
        self.names, self.seconds, self.end = names, seconds, ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        read, write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "mtdbench.estimators.description", str(write), *self.names],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[write],
            start_new_session=True,
        )
        os.close(write)
        try:
            for line in self._lines(read):
                yield json.loads(line)
            with suppress(subprocess.TimeoutExpired):
                self.end = self.end or f"it ended its process with exit code {process.wait(1)}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(read)

    def _lines(self, pipe: int) -> Iterator[bytes]:
        """Whole lines, each within the time that it may take."""
        rest, due = b"", time.monotonic() + self.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while selector.select(max(0.0, due - time.monotonic())):
                if not (chunk := os.read(pipe, 2**16)):
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                yield from lines
                due = time.monotonic() + self.seconds if lines else due
        self.end = f"it took more than {self.seconds:g} s"
