"""Rank 0 leads a run: it is asked for estimates, keeps them and decides when to stop; the other
ranks follow.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from mtdbench.model.measurement import Estimate
from mtdbench.ranks.communicator import RankError, Ranks

Start = Callable[[], Iterator[Estimate]]


def led(start: Start, ranks: Ranks, stop: Callable[[], bool] = lambda: False) -> Start:
    """An estimator as rank 0 calls it: after each estimate it tells the others whether to go on.

    Parameters
    ----------
    start : callable
        Calls the estimator.
    ranks : Ranks
        Of one rank the estimator is as it was.
    stop : callable
        Whether the user has asked to stop.

    Returns
    -------
    callable
        Its iterator raises KeyboardInterrupt when `stop` says so, between two estimates.
    """
    return start if ranks.size == 1 else lambda: _leading(start(), ranks, stop)


def _leading(
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


def follow(start: Start, ranks: Ranks) -> None:
    """An estimator as the other ranks call it: as often as rank 0 says.

    Raises
    ------
    RankError
        If rank 0 has come to another estimate: the ranks no longer do the same.
    """
    for count, _ in enumerate(start(), start=1):
        onward, leader = ranks.from_first(lambda: np.empty(0))
        if leader != count:
            raise RankError(f"rank {ranks.rank} is at estimate {count}, rank 0 at {leader:g}")
        if not onward:
            return
