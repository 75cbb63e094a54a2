"""Estimators in other languages: a command that reads a measurement and writes estimates.

The format of both is described in docs/other-languages.md.
"""

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from mtdbench.clock import setup
from mtdbench.errors import InputError
from mtdbench.estimators.declaration import Estimator
from mtdbench.estimators.options import read_options
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.plugins.exchange import Answers, read_estimate, write_exchange


def command_estimator(
    command: Sequence[str | Path], *, answers: Answers = "samples"
) -> Callable[[Estimator], Estimator]:
    """A decorator that lets a command answer in place of the function's body.

    The function's name, docstring, options and declaration stay; each option is an argument
    `name=value` of the command.

    Parameters
    ----------
    command : sequence of str or Path
        The program and its first arguments.
    answers : str
        Whether an estimate is the `"samples"` of the object, in the order of `space.render`, or its
        `"coefficients"`.
    """

    def attach(function: Estimator) -> Estimator:
        @functools.wraps(function)
        def estimator(
            measurement: Measurement, rng: np.random.Generator, **options: Any
        ) -> Iterator[Estimate]:
            defaults = {name: o.default for name, o in read_options(function)[0].items()}
            words = [f"{name}={_word(value)}" for name, value in {**defaults, **options}.items()]
            return _estimates([*map(str, command), *words], measurement, rng, answers)

        return estimator

    return attach


def _estimates(
    command: list[str], measurement: Measurement, rng: np.random.Generator, answers: Answers
) -> Iterator[Estimate]:
    """What the command says, line by line; it is stopped while nobody waits for it."""
    with tempfile.TemporaryFile() as file:
        with setup():
            write_exchange(file, measurement, int(rng.integers(2**31)), answers)
        with _running(command, file) as process:
            for line in process.stdout or ():
                word, _, rest = line.decode(errors="replace").partition(" ")
                if word == "estimate":
                    estimate = read_estimate(rest, measurement.space, answers)
                    with _paused(process):
                        yield estimate
                elif word == "decline":
                    raise InputError(rest.strip() or f"declined by {command[0]}")
                else:
                    sys.stdout.write(line.decode(errors="replace"))
            if code := process.wait():
                raise RuntimeError(f"the command '{command[0]}' ended with exit code {code}")


@contextmanager
def _running(command: list[str], measurement: IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
    """The command, with the measurement on its standard input; it does not outlive the block."""
    try:
        process = subprocess.Popen(command, stdin=measurement, stdout=subprocess.PIPE)
    except OSError as error:
        raise RuntimeError(f"the command '{command[0]}' cannot be run: {error.strerror}") from None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def _paused(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """The process does not run inside the block: there, its clock stands still."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)


def _word(value: Any) -> str:
    """An option's value as an argument: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
