"""What a result file was made from, said in the file itself, and read without reading the rest.

A file of JSON has it as its first key, which holds all that is needed to tell whether the file
stands: neither times of files nor the workflow's own records are asked.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtdbench.files import JSON_END, json_content, write_json
from mtdbench.study.fingerprint import canonical, fingerprint
from mtdbench.version import __version__

STAMP = "made_from"
_HEAD = 2**12


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was made from.

    Attributes
    ----------
    content : str
        Fingerprint of the part of the study that the file depends on, see `mtdbench.study.names`.
    data : str
        Fingerprint of what was read to make it.
    version : str
        Of mtdbench.
    """

    content: str
    data: str = ""
    version: str = __version__

    @property
    def key(self) -> str:
        """A fingerprint of it all, for what is made from the file."""
        return fingerprint(asdict(self))

    def facts(self, **more: Any) -> dict[str, Any]:
        """As JSON holds it, with more that is to be read at once."""
        return {**asdict(self), **more}

    def matches(self, facts: dict[str, Any]) -> bool:
        """Whether a file that says so was made from the same."""
        return bool(facts) and all(facts.get(name) == v for name, v in asdict(self).items())


def stamp_of(facts: dict[str, Any]) -> Stamp:
    """The stamp among what `read_stamp` gives."""
    return Stamp(*(str(facts.get(name, "")) for name in ("content", "data", "version")))


def together(stamps: Iterable[Stamp]) -> str:
    """A fingerprint of several files, in their order."""
    return fingerprint([stamp.key for stamp in stamps])


def write_stamped(path: Path, stamp: dict[str, Any], content: dict[str, Any]) -> None:
    """Write `content` as JSON with the facts of a stamp before it."""
    write_json(path, {STAMP: stamp, **content})


def read_stamp(path: Path) -> dict[str, Any]:
    """The facts of the stamp in a file that `write_stamped` wrote.

    Empty where there is no such file, or it is not whole; what lies between head and end is not
    looked at.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(-len(JSON_END), os.SEEK_END)
            whole = stream.read() == JSON_END.encode()
            stream.seek(0)
            return _head(stream.read(_HEAD), stream.read) if whole else {}
    except (OSError, ValueError, RecursionError):
        return {}


def _head(first: bytes, more: Any) -> dict[str, Any]:
    """The first value of an object, of which `first` is the beginning and `more` gives the rest."""
    start = f'{{\n  "{STAMP}": '.encode()
    if not first.startswith(start):
        return {}
    decoder, text = json.JSONDecoder(), first[len(start) :]
    while True:
        try:
            found, _ = decoder.raw_decode(text.decode("utf-8", "ignore"))
        except ValueError:
            if not (chunk := more(4 * len(text))):
                return {}
            text += chunk
            continue
        return found if isinstance(found, dict) else {}


def stamp_comment(stamp: Stamp) -> str:
    """The stamp as a comment at the end of a page of HTML, which is whole if it has one."""
    return f"<!-- {STAMP} {canonical(stamp.facts())} -->\n"


def read_stamp_comment(path: Path) -> dict[str, Any]:
    """The facts of the stamp at the end of a page; empty where there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _HEAD))
            end = stream.read().decode("utf-8", "ignore")
        found = re.search(rf"<!-- {STAMP} (\{{.*\}}) -->\n$", end)
        facts = json_content(found[1]) if found else {}
        return facts if isinstance(facts, dict) else {}
    except (OSError, ValueError):
        return {}


def sizes(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """The size in bytes of those of the files that are there, for the facts of a stamp."""
    return {name: size for name in names if (size := _size(folder / name)) is not None}


def are_whole(folder: Path, recorded: Any) -> bool:
    """Whether all files that `sizes` recorded are there still, as large as they were."""
    return isinstance(recorded, dict) and all(
        _size(folder / name) == size for name, size in recorded.items()
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
