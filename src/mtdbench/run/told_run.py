"""One run in its guarded process, which tells what happens in it."""

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from mtdbench.clock import CLOCK
from mtdbench.estimators.registry import load
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.run.drive import Outcome, drive, failure
from mtdbench.run.follow import shared_start
from mtdbench.run.handed import Handed
from mtdbench.run.job import Job, Snapshot
from mtdbench.run.memory import peak_mib
from mtdbench.run.prepare import prepare
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.run.voice import Voice

Ask = Callable[[tuple[str, ...]], Handed]


def tell_run(
    job: Job, voice: Voice, ask: Ask, ranks: Ranks = ONE_RANK, setup_seconds: float = 0.0
) -> None:
    """Carry out a job: events `clock`, `setup`, `snapshot`..., `end`.

    Parameters
    ----------
    job : Job
    voice : Voice
    ask : function
        The inputs of the job, from the names of what its estimator asks to be told.
    ranks : Ranks
        Share the work; this is the first of them.
    setup_seconds : float
        Of set-up so far.
    """
    clock = Stopwatch(setup=setup_seconds)
    CLOCK.depth, CLOCK.listener = 0, lambda on: voice.tell("setup", on=on)

    def report(snapshot: Snapshot, keep: bool) -> None:
        voice.tell("snapshot", keep=keep, snapshot=asdict(snapshot), device=_device())

    try:
        with clock.preparing():
            measurement, start = ranks.agree(lambda: prepare(job, load, ask, ranks))
        voice.tell("clock")
        shared = shared_start(start, ranks, clock=clock)
        outcome = drive(shared, measurement.space.size, clock, report, job.budget_seconds)
    except BaseException as error:
        outcome = failure(error)
    CLOCK.listener = None
    tell_end(outcome, clock, voice)


def tell_end(outcome: Outcome, clock: Stopwatch, voice: Voice) -> None:
    """Tell what became of a run, and print the traceback of an error."""
    if outcome.error is not None:
        with suppress(BaseException):
            traceback.print_exception(outcome.error)
    voice.tell(
        "end",
        status=outcome.status,
        reason=outcome.reason,
        wall_seconds=clock.wall,
        cpu_seconds=clock.cpu,
        setup_seconds=clock.setup,
        peak_rss_mib=peak_mib(),
        device=_device(),
    )


def _device() -> str:
    """The device that the run computes on, as JAX calls it; `cpu` where JAX is not used."""
    jax: Any = sys.modules.get("jax")
    try:
        return str(jax.devices()[0].device_kind) if jax else "cpu"
    except Exception:  # whatever is wrong with a device, it is not the run's result
        return "unknown"
