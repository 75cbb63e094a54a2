"""Rank 0 leads a run: it decides after each estimate whether there is to be another one, and the
other ranks follow.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from mtdbench.model.measurement import Estimate
from mtdbench.ranks.communicator import RankError, Ranks

Start = Callable[[], Iterator[Estimate]]


def shared_start(start: Start, ranks: Ranks, stop: Callable[[], bool] = lambda: False) -> Start:
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

    Raises
    ------
    RankError
        While it is iterated over, if rank 0 has come to another estimate: the ranks no longer do
        the same.
    """
    if ranks.size == 1:
        return start
    return lambda: _followed(start(), ranks) if ranks.rank else _led(start(), ranks, stop)


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
