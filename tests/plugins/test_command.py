"""Estimators that are commands: what they say, how they end, and what their time is."""

import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from mtdbench import InputError, Measurement, make_space
from mtdbench.estimators.declaration import declaration_of, declare
from mtdbench.estimators.options import read_options
from mtdbench.plugins.command import command_estimator

SPACE = make_space("line", 5)


def estimates(program: str, **options):
    """What a Python program says as an estimator."""

    @declare(spaces=["line"])
    @command_estimator([sys.executable, "-c", program])
    def estimator(measurement, rng, *, steps: int = 2, name: str = "x", flag: bool = True):
        """A program."""
        raise NotImplementedError

    measurement = Measurement(np.arange(20.0), SPACE, 1.0)
    return estimator, estimator(measurement, np.random.default_rng(0), **options)


ECHO = """
import sys
header = sys.stdin.buffer.read(1024)
samples = sys.stdin.buffer.read()
print("words that are no estimate")
print(f"estimate iterations={len(samples) // 8} 0 1 2 3 4")
print("estimate converged=true 4 3 2 1 0")
print(" ".join(sys.argv[1:]), file=sys.stderr, flush=True)
"""


def test_every_line_is_an_estimate(capfd):
    _, answers = estimates(ECHO, steps=7)
    first, second = answers
    assert first.iterations == 20
    np.testing.assert_array_equal(first.x, [0, 1, 2, 3, 4])
    assert second.converged
    out, err = capfd.readouterr()
    assert "words that are no estimate" in out
    assert err.split() == ["steps=7", "name=x", "flag=true"]


def test_the_function_keeps_its_face():
    estimator, _ = estimates(ECHO)
    assert list(read_options(estimator)[0]) == ["steps", "name", "flag"]
    assert declaration_of(estimator).spaces == {"line"}
    assert estimator.__doc__ == "A program."


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("import sys; sys.exit(3)", RuntimeError, "exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", RuntimeError, "exit code -9"),
        ("print('decline no pairs here')", InputError, "no pairs here"),
        ("print('estimate 1 2')", ValueError, "2 numbers: expected 5 samples"),
        ("print('estimate 1 2 3 4 five')", ValueError, "five"),
    ],
)
def test_what_goes_wrong_is_said(program, error, words):
    _, answers = estimates(program)
    with pytest.raises(error, match=words):
        list(answers)


def test_a_missing_command_is_named():
    @command_estimator([Path("nowhere") / "program"])
    def estimator(measurement, rng):
        raise NotImplementedError

    with pytest.raises(RuntimeError, match=r"'nowhere/program' cannot be run"):
        next(estimator(Measurement(np.zeros(20), SPACE), np.random.default_rng(0)))


COUNTS = """
import os, time
print(f"estimate {os.getpid()} 0 0 0 0", flush=True)
end = time.process_time() + 0.2
while time.process_time() < end: pass
while True:
    print("estimate 1 0 0 0 0", flush=True)
"""


def test_a_command_stands_still_while_nobody_waits_and_ends_with_its_estimator():
    _, answers = estimates(COUNTS)
    process = psutil.Process(int(next(answers).x[0]))
    deadline = time.monotonic() + 10
    while process.status() != psutil.STATUS_STOPPED and time.monotonic() < deadline:
        time.sleep(0.01)
    before = sum(process.cpu_times()[:2])
    time.sleep(0.3)
    assert sum(process.cpu_times()[:2]) == before
    next(answers)
    answers.close()
    assert not process.is_running()


def test_nothing_stays_open():
    if not (descriptors := Path("/proc/self/fd")).is_dir():
        pytest.skip("the system does not list open files")
    before = len(list(descriptors.iterdir()))
    for _ in range(3):
        list(estimates(ECHO)[1])
    assert len(list(descriptors.iterdir())) == before


def test_the_seed_is_that_of_the_run():
    program = (
        "import sys\nheader = sys.stdin.buffer.read(1024).decode().split()\n"
        "print('estimate', header[header.index('seed') + 1], 0, 0, 0, 0)"
    )
    seeds = [next(estimates(program)[1]).x[0] for _ in range(2)]
    assert seeds[0] == seeds[1] < 2**31
