"""The process that runs are forked from, as seen by whoever guards them."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psutil

from mtdbench.run.environment import environment
from mtdbench.run.messages import receive_message, send_message
from mtdbench.run.parting import kill_all

LEAVE_SECONDS = 5.0
KEPT_FROM_RUNS = ("PWD", "OLDPWD")
"""Variables that tell where the results are; those of this package do too."""


class Nursery:
    """A process of `mtdbench.run.worker`.

    Parameters
    ----------
    threads : int
        Threads of each run.
    log : int
        Descriptor for what it prints.
    """

    def __init__(self, threads: int, log: int) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            here = [str(theirs.fileno()), str(os.getpid())]
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mtdbench.run.worker", *here],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_without_places(environment(threads)),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.handle = psutil.Process(self.process.pid)

    @property
    def lives(self) -> bool:
        """Whether it can be asked for another run."""
        return self.process.poll() is None

    def fork(self, order: dict[str, Any], descriptors: Sequence[int]) -> None:
        """Ask for a process that works through an order, see `mtdbench.run.session`."""
        with suppress(OSError):  # one that has died says so when it is listened to
            send_message(self.control, order, descriptors)

    def hear(self) -> dict[str, Any] | None:
        """What it has to say next; None when it has died."""
        message = receive_message(self.control)
        return message[0] if message else None

    def kill(self) -> int:
        """End it with all its descendants, at once; its exit code."""
        with suppress(psutil.Error):
            kill_all(self.handle.children(recursive=True))
        self.process.kill()
        return self.process.wait()

    def close(self) -> None:
        """Let it end with all its descendants."""
        self.process.terminate()
        try:
            self.process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.control.close()


def _without_places(variables: dict[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith("MTDBENCH_") and name not in KEPT_FROM_RUNS
    }
