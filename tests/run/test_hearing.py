"""No byte that comes from a run can do more than be no event."""

import json
import os
from dataclasses import asdict

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import (
    binary,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    recursive,
    sampled_from,
    text,
)

from mtdbench.run.hearing import Begin, End, Offered, Turn, hear, usable
from mtdbench.run.job import Snapshot, encode
from mtdbench.run.voice import Voice

KINDS = ("begin", "asks", "looked", "clock", "setup", "snapshot", "end", "party")
FIELDS = ("names", "name", "on", "snapshot", "keep", "device", "status", "reason", "x", "note")
VALUES = recursive(
    none() | integers() | floats() | text(max_size=9) | sampled_from(["ok", "AAAA", "truth"]),
    lambda inner: lists(inner, max_size=3) | dictionaries(sampled_from(FIELDS), inner, max_size=5),
    max_leaves=4,
)


def said(event: str, **content: object) -> bytes:
    """The line that a run writes."""
    read, write = os.pipe()
    Voice(write, run=2).tell(event, **content)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        return stream.read().strip()


@given(binary(max_size=200))
def test_bytes_are_no_event(line: bytes) -> None:
    assert hear(line, 0) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sampled_from(KINDS), dictionaries(sampled_from(FIELDS), VALUES, max_size=6))
def test_facts_of_any_type_are_an_event_or_none(kind: str, facts: dict) -> None:
    event = hear(json.dumps({"event": kind, "run": 0, **facts}).encode(), 0)
    for name in ("reason", "device", "name"):
        assert str(getattr(event, name, "")).isprintable()


def test_what_a_run_says_is_heard_of_that_run_alone() -> None:
    snapshot = Snapshot(1.5, 1.0, 3, encode(np.ones(4)), density=0.2, note="fine")
    line = said("snapshot", snapshot=asdict(snapshot), keep=True, device="cpu")
    heard = hear(line, 2)
    assert isinstance(heard, Offered)
    assert (heard.snapshot.x, heard.snapshot.note, heard.keep) == (snapshot.x, "fine", True)
    assert hear(line, 1) is None
    assert hear(said("begin"), 2) == Begin()
    assert hear(said("setup", on=True), 2) == Turn("setup")
    end = {"wall_seconds": 1.0, "cpu_seconds": 2.0, "setup_seconds": 0.0, "peak_rss_mib": 3.0}
    assert isinstance(hear(said("end", status="ok", reason="", device="", **end), 2), End)
    assert (
        hear(said("end", status="ok", reason="", device="", **end | {"cpu_seconds": -1}), 2) is None
    )


def test_only_coefficients_that_have_an_error_are_usable() -> None:
    def of(x: np.ndarray, pairs: str = "") -> Snapshot:
        return Snapshot(0.0, 0.0, 1, encode(x), pairs=pairs)

    assert usable(of(np.ones(4)), 4)
    assert usable(of(np.ones(4), encode(np.ones(9))), 4)
    assert not usable(of(np.ones(4)), 5)
    assert not usable(of(np.array([1.0, np.nan])), 2)
    assert not usable(of(np.array([1.0, 1e300])), 2)
    assert not usable(of(np.ones(4), "AAAA"), 4)
    assert not usable(Snapshot(0.0, 0.0, 1, "no array"), 1)
