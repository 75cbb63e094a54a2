"""Each law is judged by what was seen of the runs, whoever saw it."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.plugins.laws import FIRST_LAWS, LATER_LAWS
from mtdbench.plugins.observation import Observation, differ
from mtdbench.run.job import Conduct, Record, Snapshot, encode
from mtdbench.run.status import Status

LAWS = {**FIRST_LAWS, **LATER_LAWS}


def record(*values: float, status: Status = Status.OK, **facts) -> Record:
    """A run with an estimate of each value."""
    snapshots = [
        Snapshot(0.1 * i, 0.1 * i, i + 1, encode(np.array([value])))
        for i, value in enumerate(values)
    ]
    times = {"wall_seconds": 1.0, "cpu_seconds": 1.0, "setup_seconds": 0.1} | facts
    return Record(status, "a reason", **times, snapshots=snapshots)


def conduct(**facts) -> Record:
    return replace(record(1.0), conduct=Conduct(**facts))


FAIR = Observation(record(1.0), [record(1.0), record(1.0)])
OTHER = record(2.0)
BREAKING = {
    "ends": [replace(FAIR, first=record(status=Status.TIMEOUT))],
    "measurement": [replace(FAIR, is_unchanged=False)],
    "files": [replace(FAIR, first=conduct(files=2, file_bytes=10))],
    "output": [replace(FAIR, repeated=[conduct(printed_bytes=3_000_000), record(1.0)])],
    "processes": [replace(FAIR, first=conduct(left_processes=1))],
    "channel": [replace(FAIR, first=conduct(strange_events=3))],
    "repeats": [
        replace(FAIR, repeated=[record(1.0), OTHER], control=record(1.0)),
        replace(FAIR, repeated=[OTHER, OTHER], control=record(3.0)),
    ],
    "truth": [
        replace(FAIR, repeated=[OTHER, OTHER], control=record(1.0)),
        replace(FAIR, is_opened=True),
        replace(FAIR, first=conduct(looked_for=["truth.npz"])),
    ],
    "setup": [replace(FAIR, repeated=[record(1.0), record(1.0, setup_seconds=3.0)])],
    "clock": [
        replace(FAIR, first=conduct(hidden_cpu_seconds=2.0)),
        replace(FAIR, first=conduct(hidden_wall_seconds=2.0)),
        replace(FAIR, repeated=[record(1.0, cpu_seconds=4.0), record(1.0)]),
    ],
}


@pytest.mark.parametrize("name", LAWS)
def test_a_fair_run_keeps_every_law(name):
    assert LAWS[name](FAIR) == ""


@pytest.mark.parametrize("name", LAWS)
def test_what_breaks_a_law_is_said_in_words_and_breaks_no_other(name):
    for seen in BREAKING[name]:
        assert len(LAWS[name](seen).split()) > 2
        for other in LATER_LAWS if name in LATER_LAWS else ():
            assert other == name or LAWS[other](seen) == ""


def test_one_that_is_told_the_truth_may_depend_on_it():
    seen = replace(FAIR, repeated=[OTHER, OTHER], control=record(1.0), is_told=True)
    assert LAWS["truth"](seen) == ""


def test_a_run_that_came_further_in_its_budget_gave_the_same():
    one = record(1.0, 2.0, 4.0, status=Status.BUDGET)
    further = record(1.0, 2.0, 4.0, 5.0, status=Status.BUDGET)
    assert not differ(one, further)
    assert not differ(one, record(1.0, status=Status.BUDGET))
    assert differ(one, record(1.5, 2.0, 4.0, status=Status.BUDGET))
    assert differ(one, record(1.0, 2.5, 4.5, status=Status.BUDGET))


def test_runs_that_ended_gave_the_same_last_estimate():
    assert not differ(record(1.0, 2.0), record(1.5, 2.0))
    assert differ(record(1.0, 2.0), record(1.0, 2.0, 3.0))
    assert differ(record(1.0, 2.0), record(1.0, 2.5))
    assert differ(record(1.0), record(1.0, status=Status.CRASHED))


def test_a_method_that_begins_anew_may_count_anew():
    """The number of an estimate is then no name of it, and which of them are kept is chance."""
    one, other = (record(1.0, *later, status=Status.BUDGET) for later in ((2.0, 3.0), (2.5, 3.0)))
    assert not differ(one, other)
