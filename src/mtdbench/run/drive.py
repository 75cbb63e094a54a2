"""Asks an estimator for better and better estimates, on the clock, and says how it ended."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.files import is_from_outside
from mtdbench.model.measurement import Estimate
from mtdbench.plain_text import plain_line
from mtdbench.run.answers import MOST_ITERATIONS, flaw
from mtdbench.run.job import Snapshot, encode
from mtdbench.run.status import Status
from mtdbench.run.stopwatch import Stopwatch

FACTOR = 1.2
"""Snapshots are kept when the time on the clock has grown by this factor, and at the end."""

END = object()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status and reason; the reason is empty only for `ok` and `converged`."""

    status: Status
    reason: str = ""
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an estimate says, in plain numbers: whatever becomes of the estimate afterwards."""

    x: np.ndarray
    iteration: int
    density: float
    density_error: float
    evidence: float
    objective: float
    sigma: float
    note: str
    pairs: np.ndarray | None
    converged: bool | None

    @classmethod
    def of(cls, estimate: Any, count: int, size: int) -> "Answer":
        """The answer in the estimate of that number."""
        x = _coefficients(estimate, size)
        iteration = count if estimate.iterations is None else int(estimate.iterations)
        if not 0 <= iteration <= MOST_ITERATIONS:
            raise ValueError(
                f"{plain_line(str(iteration), 40)} iterations: expected a number of them"
            )
        return cls(
            x,
            iteration,
            density=_real(estimate.density),
            density_error=_real(estimate.density_error),
            evidence=_real(estimate.evidence),
            objective=_real(estimate.objective),
            sigma=_real(estimate.sigma),
            note=plain_line(str(estimate.note), 1000),
            pairs=None if estimate.pairs is None else np.array(estimate.pairs, dtype=float),
            converged=None if estimate.converged is None else bool(estimate.converged),
        )

    def snapshot(self, clock: Stopwatch) -> Snapshot:
        """The answer as it is written down, at the time on the clock."""
        return Snapshot(
            wall_seconds=clock.wall,
            cpu_seconds=clock.cpu,
            iteration=self.iteration,
            x=encode(self.x),
            density=self.density,
            density_error=self.density_error,
            evidence=self.evidence,
            objective=self.objective,
            sigma=self.sigma,
            note=self.note,
            pairs="" if self.pairs is None else encode(self.pairs),
        )


def drive(
    start: Callable[[], Iterator[Estimate]],
    size: int,
    clock: Stopwatch,
    report: Callable[[Snapshot, bool], None],
    budget_seconds: float | None = None,
) -> Outcome:
    """Run an estimator to its end, or until its soft budget is used up.

    Parameters
    ----------
    start : callable
        Calls the estimator; on the clock, since a plain function would do its work here.
    size : int
        n, the number of coefficients that every estimate has to have.
    clock : Stopwatch
        Counts the time in `start` and in `next()`.
    report : callable
        Is given every snapshot, off the clock, and whether it is one to keep for the history.
    budget_seconds : float or None
        Time on the clock after which the estimator is not asked again.
    """
    last: Answer | None = None
    estimate: Any
    count, due = 0, 0.0
    try:
        with clock.running():
            estimates = iter(start())
        while True:
            with clock.running():
                estimate = next(estimates, END)
                if estimate is END:
                    return _ending(last)
                # Inside the clock: an array that JAX is still computing is waited for here, and
                # whatever the estimate works out only when it is asked.
                count, last = count + 1, Answer.of(estimate, count + 1, size)
            if wrong := flaw(last.x):
                return Outcome(Status.DIVERGED, f"estimate {count} {wrong}")
            keep = clock.wall >= due
            due = FACTOR * clock.wall if keep else due
            report(last.snapshot(clock), keep)
            if budget_seconds is not None and clock.wall >= budget_seconds and not last.converged:
                return Outcome(Status.BUDGET, f"soft budget of {budget_seconds:g} s used up")
    except KeyboardInterrupt:
        raise  # the user's, or an estimator's: whoever calls knows
    except BaseException as error:
        return failure(error)


def failure(error: BaseException) -> Outcome:
    """What a run ended as that ended in an exception: its name and text are the reason."""
    try:
        text = plain_line(str(error), 300)
    except BaseException:
        text = "(its text cannot be read)"
    name = plain_line(type.__dict__["__name__"].__get__(type(error)), 100)
    status = Status.MEMORY if isinstance(error, MemoryError) else Status.CRASHED
    status = Status.LOST if is_from_outside(error) else status
    return Outcome(status, plain_line(f"{name}: {text}", 300) if text else name, error)


def _coefficients(estimate: Any, size: int) -> np.ndarray:
    if not isinstance(estimate, Estimate):
        raise TypeError(f"yielded {type(estimate).__name__}: expected an Estimate")
    if isinstance(estimate.x, np.ma.MaskedArray):
        raise TypeError("estimate with a mask: expected numbers alone")
    x = np.asarray(estimate.x)
    if x.shape != (size,):
        raise ValueError(f"estimate of shape {x.shape}: expected shape ({size},)")
    if x.dtype.kind not in "fiu":
        raise TypeError(f"estimate of type {x.dtype}: expected real numbers")
    return x.astype(float)


def _ending(last: Answer | None) -> Outcome:
    if last is None:
        return Outcome(Status.CRASHED, "yielded no estimate")
    if last.converged is None:
        return Outcome(Status.OK)
    if last.converged:
        return Outcome(Status.CONVERGED)
    return Outcome(Status.BUDGET, "stopped by itself before its stopping rule was met")


def _real(value: float | None) -> float:
    return math.nan if value is None else float(value)
