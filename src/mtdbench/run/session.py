"""The life of the process that some runs share: it shuts itself in, works through them and leaves.

It is forked from `mtdbench.run.worker`.
"""

import faulthandler
import os
import resource
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import Any, NoReturn

from mtdbench.estimators.options import convert_options
from mtdbench.estimators.registry import names
from mtdbench.run.handed import Handed, receive_inputs
from mtdbench.run.job import Job
from mtdbench.run.landlock import confine
from mtdbench.run.memory import forget_peak
from mtdbench.run.parting import die_with
from mtdbench.run.rank_launch import run_in_ranks
from mtdbench.run.told_run import tell_run
from mtdbench.run.voice import Voice, watch_files


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
            watch_files(voice)
        channel = socket.socket(fileno=inputs)
        for voice.run, facts in enumerate(order["jobs"]):
            job = Job(**facts)
            voice.tell("begin")
            if job.ranks > 1:
                run_in_ranks(job, voice, channel, order["watched"])
            else:
                _run(job, voice, channel)
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
    """One run, in this process: events `asks`, and those of `mtdbench.run.told_run`."""
    forget_peak()
    handed = list[Handed]()

    def ask(asked: tuple[str, ...]) -> Handed:
        voice.tell("asks", names=asked)
        handed.append(receive_inputs(channel, job))
        return handed[0]

    tell_run(job, voice, ask)
    for each in handed:
        each.close()
