"""The time that a run answers for: inside `next()`, set-up left out, children included.

What its other threads and its children do between two estimates counts too: only what this thread
itself does then, which is to write an estimate down, is off the clock.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time, thread_time

from mtdbench.clock import CLOCK

NOTABLE_SHARE = 0.1
NOTABLE_SECONDS = 20e-6
"""Work beside a pause counts from this share of it and these seconds on: less is how finely clocks
are read."""


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds on the clock, and the seconds of set-up."""

    wall: float = 0.0
    cpu: float = 0.0
    setup: float = 0.0
    paused: tuple[float, float, float] | None = None
    """Wall and CPU seconds of the process, and of this thread, at the last stop."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the block, but as set-up what it spends inside `mtdbench.clock.setup`."""
        self._count_pause()
        wall, cpu = perf_counter(), cpu_seconds()
        setup_wall, setup_cpu = CLOCK.setup_wall, CLOCK.setup_cpu
        try:
            yield
        finally:
            aside = CLOCK.setup_wall - setup_wall
            now, used = perf_counter(), cpu_seconds()
            self.wall += max(now - wall - aside, 0.0)
            self.cpu += max(used - cpu - (CLOCK.setup_cpu - setup_cpu), 0.0)
            self.setup += aside
            self.paused = now, used, thread_time()

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Count the block as set-up."""
        wall = perf_counter()
        try:
            yield
        finally:
            self.setup += perf_counter() - wall

    def _count_pause(self) -> None:
        """Count what others than this thread did since the last stop."""
        if self.paused is None:
            return
        wall, cpu, own = self.paused
        beside = cpu_seconds() - cpu - (thread_time() - own)
        pause = perf_counter() - wall
        if beside > max(NOTABLE_SECONDS, NOTABLE_SHARE * pause):
            self.cpu += beside
            self.wall += min(beside, pause)


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime
