"""Rank 0 leads a run: it decides after each estimate whether there is to be another one, and the
other ranks follow.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from mtdbench.clock import CLOCK
from mtdbench.model.measurement import Estimate
from mtdbench.ranks.communicator import RankError, Ranks
from mtdbench.run.stopwatch import Stopwatch, cpu_seconds

Start = Callable[[], Iterator[Estimate]]


def shared_start(
    start: Start,
    ranks: Ranks,
    stop: Callable[[], bool] = lambda: False,
    clock: Stopwatch | None = None,
) -> Start:
    """An estimator that gives an estimate on each rank as long as rank 0 asks for one.

    Parameters
    ----------
    start : callable
        Calls the estimator.
    ranks : Ranks
        With one rank alone the estimator is as it was.
    stop : callable
        Whether the user has asked rank 0 to stop; it then raises KeyboardInterrupt between two
        estimates.
    clock : Stopwatch or None
        Of rank 0; the CPU seconds of the others are added to its own.

    Raises
    ------
    RankError
        While it is iterated over, if rank 0 has come to another estimate: the ranks no longer do
        the same.
    """
    if ranks.size == 1:
        return start
    counted = partial(_counted, start, ranks, clock or Stopwatch())
    return lambda: _followed(counted(), ranks) if ranks.rank else _led(counted(), ranks, stop)


def _counted(start: Start, ranks: Ranks, clock: Stopwatch) -> Iterator[Estimate]:
    """The estimates, each when the clock has what all ranks used for it; rank 0 counts itself."""
    before = cpu_seconds() - CLOCK.setup_cpu
    for estimate in start():
        now = cpu_seconds() - CLOCK.setup_cpu
        (used,) = ranks.total(partial(_as_list, now - before))
        clock.cpu, before = clock.cpu + float(used) - (now - before), now
        yield estimate


def _as_list(value: float) -> list[np.ndarray]:
    return [np.array(value)]


def _led(
    estimates: Iterator[Estimate], ranks: Ranks, stop: Callable[[], bool]
) -> Iterator[Estimate]:
    for count, estimate in enumerate(estimates, start=1):
        onward = 0.0
        try:
            yield estimate
            onward = float(not stop())
        finally:  # also where no more is asked for, and the iterator is closed
            ranks.from_first(partial(np.array, [onward, count]))
        if not onward:
            raise KeyboardInterrupt


def _followed(estimates: Iterator[Estimate], ranks: Ranks) -> Iterator[Estimate]:
    for count, estimate in enumerate(estimates, start=1):
        yield estimate
        onward, leader = ranks.from_first(lambda: np.empty(0))
        if leader != count:
            raise RankError(f"rank {ranks.rank} is at estimate {count}, rank 0 at {leader:g}")
        if not onward:
            return
