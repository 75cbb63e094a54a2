"""The stopwatch of a run: what is set-up (compilation above all) is timed apart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time


@dataclass(slots=True)
class Clock:
    """Seconds of this process that went into set-up so far.

    `listener` hears when set-up begins (True) and ends (False), so that whoever enforces a wall
    limit from outside can stop its clock too.
    """

    setup_wall: float = 0.0
    setup_cpu: float = 0.0
    depth: int = 0
    listener: Callable[[bool], None] | None = None


CLOCK = Clock()


@contextmanager
def setup() -> Iterator[None]:
    """Whatever runs inside the block counts as set-up; blocks may nest.

    Estimators use it around compilation, which belongs to no iteration and is cached across
    processes. The time is not lost: it is the row's `setup_seconds`.
    """
    wall, cpu = perf_counter(), process_time()
    CLOCK.depth += 1
    if CLOCK.listener and CLOCK.depth == 1:
        CLOCK.listener(True)
    try:
        yield
    finally:
        CLOCK.depth -= 1
        if CLOCK.depth == 0:
            CLOCK.setup_wall += perf_counter() - wall
            CLOCK.setup_cpu += process_time() - cpu
            if CLOCK.listener:
                CLOCK.listener(False)
