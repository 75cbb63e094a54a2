"""The time that a run answers for: inside `next()`, set-up left out, children included."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mtdbench.clock import CLOCK


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds on the clock, and the seconds of set-up."""

    wall: float = 0.0
    cpu: float = 0.0
    setup: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the block, but as set-up what it spends inside `mtdbench.clock.setup`."""
        wall, cpu = time.perf_counter(), cpu_seconds()
        setup_wall, setup_cpu = CLOCK.setup_wall, CLOCK.setup_cpu
        try:
            yield
        finally:
            aside = CLOCK.setup_wall - setup_wall
            self.wall += max(time.perf_counter() - wall - aside, 0.0)
            self.cpu += max(cpu_seconds() - cpu - (CLOCK.setup_cpu - setup_cpu), 0.0)
            self.setup += aside

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Count the block as set-up."""
        wall = time.perf_counter()
        try:
            yield
        finally:
            self.setup += time.perf_counter() - wall


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
