"""How processes end together, and how none of them is left."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

from mtdbench.run.memory import process_family

DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36  # of prctl
SWEEP_SECONDS = 5.0


def die_with(parent: int, by: signal.Signals) -> None:
    """Ask the kernel for a signal to this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, by)
        if os.getppid() != parent:  # it had ended before the kernel was asked
            os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, where the kernel can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def sweep() -> int:
    """End all descendants of this process, adopted orphans included; how many there were."""
    ended, until = set[int](), time.monotonic() + SWEEP_SECONDS
    me = psutil.Process()
    while time.monotonic() < until and (found := process_family(me)[1:]):
        living = [p for p in found if lives(p)]
        ended |= {process.pid for process in living}
        kill_all(living)
        reap()
    return len(ended)


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """Kill processes, those that are gone or out of reach left out."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def reap() -> None:
    """Take note of all children that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def lives(process: psutil.Process) -> bool:
    """Whether a process has not ended yet."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
