"""What the process of a run says, read without trusting a byte of it."""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.plain_text import plain_line
from mtdbench.run.answers import MOST_ITERATIONS, flaw
from mtdbench.run.job import Snapshot
from mtdbench.run.status import Status

LONGEST_LINE = 2**28
"""Bytes; a line that is longer is none."""
MOST_PARTS = 2**20
"""Commas and brackets: of a longer line every few bytes would become an object of a hundred."""
REAL_FACTS = ("density", "density_error", "evidence", "objective", "sigma")
"""Facts of a snapshot that are real numbers, or NaN."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A run begins."""


@dataclass(frozen=True, slots=True)
class Asks:
    """Its estimator is there and asks to be told something."""

    names: list[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """It tried to open a file of a data set."""

    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """From now on it is on the clock, or in set-up."""

    name: str


@dataclass(frozen=True, slots=True)
class Offered:
    """An estimate, and whether it is one to keep."""

    snapshot: Snapshot
    keep: bool
    device: str


@dataclass(frozen=True, slots=True)
class End:
    """It ended, by its own account."""

    status: Status
    reason: str
    wall_seconds: float
    cpu_seconds: float
    setup_seconds: float
    peak_rss_mib: float
    device: str


Event = Begin | Asks | Looked | Turn | Offered | End


def hear(line: bytes, number: int) -> Event | None:
    """The event of run `number` in a line; None where it holds none."""
    if sum(map(line.count, (b",", b"[", b"{"))) > MOST_PARTS:
        return None
    try:
        content = json.loads(line)
        if content.pop("run") != number:
            return None
        return _event(content.pop("event"), content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _event(kind: str, facts: dict[str, Any]) -> Event:
    match kind:
        case "begin":
            return Begin()
        case "asks":
            return Asks([name for name in facts["names"] if name in ("placement", "truth")])
        case "looked":
            return Looked(plain_line(facts["name"], 80))
        case "clock":
            return Turn("clock")
        case "setup":
            return Turn("setup" if facts["on"] else "clock")
        case "snapshot":
            device = plain_line(facts["device"], 80)
            return Offered(_snapshot(**facts["snapshot"]), bool(facts["keep"]), device)
        case "end":
            return _end(**facts)
    raise ValueError(kind)


def _snapshot(
    *, wall_seconds: Any, cpu_seconds: Any, iteration: Any, x: Any, note: Any, pairs: Any,
    **values: Any,
) -> Snapshot:  # fmt: skip
    return Snapshot(
        _positive(wall_seconds), _positive(cpu_seconds), _count(iteration), _letters(x),
        **{name: float(values.pop(name)) for name in REAL_FACTS},
        note=plain_line(note, 1000), pairs=_letters(pairs), **values,
    )  # fmt: skip


def _end(*, status: Any, reason: Any, device: Any, **numbers: Any) -> End:
    values = {name: _positive(value) for name, value in numbers.items()}
    return End(Status(status), plain_line(reason, 300), device=plain_line(device, 80), **values)


def usable(snapshot: Snapshot, size: int) -> bool:
    """Whether a snapshot holds `size` coefficients that an error can be worked out of."""
    try:
        data = base64.b64decode(snapshot.x, validate=True)
        pairs = base64.b64decode(snapshot.pairs, validate=True)
    except binascii.Error:
        return False
    return len(data) == 8 * size and len(pairs) % 8 == 0 and not flaw(np.frombuffer(data, "<f8"))


def _positive(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number >= 0):
        raise ValueError(number)
    return number


def _count(value: Any) -> int:
    if not (isinstance(value, int) and 0 <= value <= MOST_ITERATIONS):
        raise ValueError(value)
    return int(value)


def _letters(text: Any) -> str:
    if not (isinstance(text, str) and text.isascii()):
        raise ValueError("not the text of an array")
    return text
