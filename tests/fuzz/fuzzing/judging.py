"""What a reader makes of an input: it accepts it, refuses it in one line, or is at fault."""

import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtdbench.errors import InputError

LONGEST_LINE = 8000
ACCEPTED, REFUSED = "accepted", "refused"


class TooLong(BaseException):
    """A reader has not come to an end in time: nothing that it may catch."""


@dataclass(frozen=True)
class Reader:
    """Something that reads.

    Attributes
    ----------
    name : str
    file : str
        What the input is written as, below a folder of its own.
    read : function
        Of that path.
    valid : list of bytes
        Inputs that it accepts.
    refusals : tuple of types
        The exceptions, beside `InputError`, that it is documented to raise.
    weight : float
        How often it is tried, in proportion to others.
    patience : float
        How many times as long as another it may take: it works on what it accepts, too.
    """

    name: str
    file: str
    read: Callable[[Path], Any]
    valid: list[bytes]
    refusals: tuple[type[BaseException], ...] = ()
    weight: float = 1.0
    patience: float = 1.0


def judge(reader: Reader, data: bytes, folder: Path, seconds: float = 3.0) -> str:
    """`ACCEPTED` or `REFUSED`; else what went wrong, with the traceback."""
    path = folder / reader.file
    path.write_bytes(data)
    try:
        with at_most(seconds * reader.patience), warnings.catch_warnings():
            # What a user would see beside the one line is a fault too.
            for category in (RuntimeWarning, UserWarning):
                warnings.simplefilter("error", category)
            reader.read(path)
    except InputError as error:
        return _refusal(error)
    except reader.refusals:
        return REFUSED
    except BaseException:
        return traceback.format_exc()
    return ACCEPTED


def _refusal(error: InputError) -> str:
    line = str(error)
    if not line.strip() or len(line) > LONGEST_LINE or not line.isprintable():
        return f"not one plain line, {len(line)} letters: {line[:200]!r}"
    return REFUSED


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises `TooLong` if the block has not ended by then."""

    def over(*_: object) -> None:
        raise TooLong(f"longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
