"""Which times stand: those that a run's process claims, or those that were seen from outside.

A run's own stopwatch is the better one as long as it is honest: it stops while an estimate is
written down. It runs in the same process as the estimator, which can hold it, turn it back, or work
while it stands still. So whoever guards the run measures too, and where the claim is less than what
was seen by more than the ways of a measurement explain, what was seen stands.
"""

from dataclasses import dataclass

WALL_LATENCY = 0.25
"""Seconds by which the first and the last word of a run may arrive late on a busy machine."""

WALL_PER_ESTIMATE = 0.005
"""Seconds off the clock for an estimate: the pause of the guard between two readings, 4 ms, for
which a full pipe waits, and what writing it down takes."""

CPU_LATENCY = 0.1
"""CPU seconds: ten ticks of the kernel's accounts, in which the processes of a run are summed."""

CPU_PER_ESTIMATE = 0.0005
"""CPU seconds off the clock for an estimate, five times what writing one down was seen to take."""

BYTES_PER_SECOND = 2e7
"""How fast large estimates are written down, at least."""

SETUP_LATENCY = 0.03
"""Seconds by which the beginning of a block of set-up may be noticed late: one round of the guard.
Never more than the set-up itself, which is reported beside the time."""

MIB_PER_SECOND = 2000
"""How fast the kernel takes back the memory of a process that ends, at least."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How much a run said: estimates, their bytes, blocks of set-up, and their seconds; and how
    much memory it held at most, MiB.
    """

    estimates: int
    size: int
    blocks: int
    setup_seconds: float
    memory_mib: float

    def wall_allowance(self) -> float:
        """Wall seconds by which what was seen may exceed what is claimed."""
        return WALL_LATENCY + self.estimates * WALL_PER_ESTIMATE + self._both()

    def cpu_allowance(self) -> float:
        """CPU seconds by which what was seen may exceed what is claimed."""
        leaving = self.memory_mib / MIB_PER_SECOND
        return CPU_LATENCY + self.estimates * CPU_PER_ESTIMATE + leaving + self._both()

    def _both(self) -> float:
        return self.size / BYTES_PER_SECOND + min(self.blocks * SETUP_LATENCY, self.setup_seconds)


def stands(claimed: float, seen: float, allowance: float) -> float:
    """The time that stands; never less than what is claimed."""
    return seen if seen - claimed > allowance else claimed
