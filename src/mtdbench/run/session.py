"""The life of the process that some runs share: it shuts itself in, works through them and leaves.

It is forked from `mtdbench.run.worker`. What happens goes out on a descriptor, one JSON line per
event, so that whatever an estimator prints cannot get in between.
"""

import faulthandler
import json
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from mtdbench.clock import CLOCK
from mtdbench.estimators.options import convert_options
from mtdbench.estimators.registry import load, names
from mtdbench.run.drive import Outcome, drive, failure
from mtdbench.run.handed import Handed, receive_inputs
from mtdbench.run.job import Job, Snapshot
from mtdbench.run.landlock import confine
from mtdbench.run.memory import forget_peak, peak_mib
from mtdbench.run.parting import die_with
from mtdbench.run.prepare import prepare
from mtdbench.run.stopwatch import Stopwatch
from mtdbench.run.surroundings import DATASET_FILES


@dataclass(slots=True)
class Voice:
    """Where the process tells what happens, and which run it is at."""

    descriptor: int
    run: int = 0

    def tell(self, event: str, **content: Any) -> None:
        """Send an event; the empty line before it ends whatever else was written there."""
        line = json.dumps({"event": event, "run": self.run, **content})
        data = memoryview(f"\n{line}\n".encode())
        while data:
            data = data[os.write(self.descriptor, data) :]


def run_session(order: dict[str, Any], descriptors: list[int], parent: int) -> NoReturn:
    """Work through the jobs of an order, one after the other, and leave.

    Parameters
    ----------
    order : dict
        `jobs`, `folder` to work in, `environment` to set, `file_bytes` that one file may have, and
        whether it is `watched` which files are opened.
    descriptors : list of int
        Of the events, of the channel on which inputs are handed over, of the log, and the rules of
        Landlock where there are any.
    parent : int
        Process that it dies with.
    """
    code = 1
    try:
        events, inputs, log, *rules = descriptors
        voice = Voice(events)
        forget_peak()
        _shut_in(order, log, rules, parent)
        if order["watched"]:
            _watch_files(voice)
        channel = socket.socket(fileno=inputs)
        for voice.run, facts in enumerate(order["jobs"]):
            _run(Job(**facts), voice, channel)
        code = 0
    except BaseException as error:  # nothing may come back to whoever forked this process
        with suppress(BaseException):
            traceback.print_exception(error)
    with suppress(BaseException):
        sys.stdout.flush()
    with suppress(BaseException):
        sys.stderr.flush()
    os._exit(code)  # whatever threads an estimator left behind


def warm_up() -> None:
    """Do once what every run would do again: read which estimators there are, none of which is
    imported, and build the first model of options.
    """
    convert_options("zero", lambda measurement, rng: iter(()), {})
    names()


def _shut_in(order: dict[str, Any], log: int, rules: list[int], parent: int) -> None:
    """A group of its own, the log as its output, an empty folder, and no way out of it."""
    os.setpgid(0, 0)
    die_with(parent, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # a lower limit is there already
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"],) * 2)
    for descriptor in rules:
        confine(descriptor)
        os.close(descriptor)


def _run(job: Job, voice: Voice, channel: socket.socket) -> None:
    """One run: events `begin`, `asks`, `clock`, `setup`, `snapshot`..., `end`."""
    voice.tell("begin")
    forget_peak()
    clock, handed = Stopwatch(), list[Handed]()
    CLOCK.depth, CLOCK.listener = 0, lambda on: voice.tell("setup", on=on)

    def inputs(asked: tuple[str, ...]) -> Handed:
        voice.tell("asks", names=asked)
        handed.append(receive_inputs(channel, job))
        return handed[0]

    def report(snapshot: Snapshot, keep: bool) -> None:
        voice.tell("snapshot", keep=keep, snapshot=asdict(snapshot), device=_device())

    try:
        with clock.preparing():
            measurement, start = prepare(job, load, inputs)
        voice.tell("clock")
        outcome = drive(start, measurement.space.size, clock, report, job.budget_seconds)
    except BaseException as error:
        outcome = failure(error)
    CLOCK.listener = None
    _tell_end(outcome, clock, voice.tell)
    for each in handed:
        each.close()


def _tell_end(outcome: Outcome, clock: Stopwatch, tell: Callable[..., None]) -> None:
    if outcome.error is not None:
        with suppress(BaseException):
            traceback.print_exception(outcome.error)
    tell(
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


def _watch_files(voice: Voice) -> None:
    """Tell when Python code tries to open a file called as those of a data set are."""
    seen = set[str]()

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes):
            name = os.path.basename(os.fsdecode(arguments[0]))  # noqa: PTH119  # may be any bytes
            if name in DATASET_FILES and name not in seen:
                seen.add(name)
                voice.tell("looked", name=name)

    sys.addaudithook(heard)
