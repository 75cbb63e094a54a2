"""What became of a run, in one word."""

import signal
from enum import StrEnum

OUTSIDE_SIGNALS = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
"""Signals that a process gets from others: from a person, a scheduler, or the kernel's OOM killer.
It may send them to itself too."""


class Status(StrEnum):
    """The status of a run, as the column `status` and `run.json` have it.

    `ok`, `converged` and `budget` are planned ends: an estimator without a stopping rule came to
    its end, one with such a rule met it, or it stopped before that (at the soft budget, or by
    itself). All others are failures: a limit of time or memory was broken from outside, the process
    or the estimator broke down, or an estimate held NaN or infinities. A `lost` run failed by a
    cause outside the estimator, such as a full disk; the next run of the study tries it again.
    """

    OK = "ok"
    CONVERGED = "converged"
    BUDGET = "budget"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    DIVERGED = "diverged"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Whether the run came to a planned end."""
        return self in (Status.OK, Status.CONVERGED, Status.BUDGET)

    @property
    def failed(self) -> bool:
        """Whether the run did not come to a planned end; it may have given estimates all the
        same.
        """
        return not self.ended

    @property
    def is_timed(self) -> bool:
        """Whether the time says what the method takes, or a lower bound of it, in place of when
        the run died.
        """
        return self.ended or self is Status.TIMEOUT


def death(code: int) -> tuple[Status, str]:
    """What the exit code of a process that ended by itself says: status and reason."""
    if code >= 0:
        return Status.CRASHED, f"its process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return Status.LOST if -code in OUTSIDE_SIGNALS else Status.CRASHED, f"killed by {name}"
