"""The process in which estimators run: `python -m mtdbench.run.worker FD PARENT`.

Jobs come in on standard input as JSON; what happens goes out on the file descriptor FD, one JSON
line per event, so that whatever an estimator prints cannot get in between.
"""

import ctypes
import faulthandler
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

Send = Callable[..., None]


def main() -> None:
    """Work through the jobs, one after the other, and leave."""
    fd, parent = map(int, sys.argv[1:])
    _die_with(parent)
    faulthandler.enable()
    os.set_inheritable(fd, False)
    stream = os.fdopen(fd, "w", encoding="utf-8")

    def send(event: str, **content: Any) -> None:
        stream.write(json.dumps({"event": event, **content}) + "\n")
        stream.flush()

    jobs = json.load(sys.stdin)
    for facts in jobs:
        _run(facts, send)
    sys.stdout.flush()
    sys.stderr.flush()
    stream.close()
    os._exit(0)  # whatever threads an estimator left behind


def _run(facts: dict[str, Any], send: Send) -> None:
    """One run: events `begin`, `clock`, `setup`, `snapshot`..., `end`."""
    send("begin")
    # Imported here, after `begin`, so that even a failing import has a run to belong to.
    from mtdbench.clock import CLOCK
    from mtdbench.run.drive import Outcome, drive, failure
    from mtdbench.run.job import Job, Snapshot
    from mtdbench.run.memory import forget_peak, peak_mib
    from mtdbench.run.stopwatch import Stopwatch

    forget_peak()
    job, clock = Job(**facts), Stopwatch()
    CLOCK.listener = lambda on: send("setup", on=on)

    def attempt() -> Outcome:
        from mtdbench.run.prepare import prepare

        with clock.preparing():
            measurement, start = prepare(job)
        send("clock")
        return drive(start, measurement.space.size, clock, report, job.budget_seconds)

    def report(snapshot: Snapshot, keep: bool) -> None:
        send("snapshot", keep=keep, snapshot=asdict(snapshot), device=_device())

    try:
        outcome = attempt()
    except Exception as error:
        outcome = failure(error)
    if outcome.error is not None:
        traceback.print_exception(outcome.error)
    CLOCK.listener = None
    send(
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
    jax = sys.modules.get("jax")
    try:
        return str(jax.devices()[0].device_kind) if jax else "cpu"
    except Exception:  # whatever is wrong with a device, it is not the run's result
        return "unknown"


def _die_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it had ended before the kernel was asked
            os._exit(1)


if __name__ == "__main__":
    main()
