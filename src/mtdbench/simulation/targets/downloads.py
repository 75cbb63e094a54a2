"""Files of public data banks, downloaded once and kept."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from mtdbench.errors import InputError
from mtdbench.files import replacing

TIMEOUT = 60  # seconds without an answer


class OutOfReachError(InputError):
    """A data bank did not answer, or with half a file: a later try, or a stand-in, may help."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a data bank.

    Attributes
    ----------
    target, name : str
        What a study calls the entry, as in `emdb:2660`, and what its bank does.
    kind, example : str
        What the file holds, in a word, and the target of an entry that exists.
    address : str
        Where it is downloaded from.
    place : str
        Where it is kept, below `mtdbench` in the user's cache folder.
    read : function
        Reads a file through; raises `InputError` where it is not complete.
    """

    target: str
    name: str
    kind: str
    example: str
    address: str
    place: str
    read: Callable[[Path], object]


def local(entry: Entry) -> Path:
    """The entry's file, downloaded on its first use.

    It is kept in the user's cache folder (`XDG_CACHE_HOME`, or `~/.cache`) with its SHA-256, which
    is checked on every use. A file put there by hand is used as well.

    Raises
    ------
    OutOfReachError
        If there is no network, or what came is not complete.
    InputError
        If there is no such entry, or the file is not what was downloaded.
    """
    path = _cache() / entry.place
    if not path.is_file():
        _download(entry, path)
    _check(path)
    return path


def _cache() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(folder) if Path(folder).is_absolute() else Path.home() / ".cache"
    return base / "mtdbench"


def _check(path: Path) -> None:
    """Compare the file with the checksum beside it, or write one where there is none yet."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    record = path.with_name(f"{path.name}.sha256")  # of the form that sha256sum --check reads
    if not record.is_file():
        with replacing(record) as temporary:
            temporary.write_text(f"{found}  {path.name}\n")
    elif record.read_text().split()[:1] != [found]:
        raise InputError(
            f"'{path}' is not what was downloaded, its SHA-256 is {found[:12]}...: expected that"
            f" in '{record.name}'; delete both files to download it again"
        )


def _download(entry: Entry, path: Path) -> None:
    """Fetch the file under a temporary name, read it through, and only then keep it."""
    try:
        with replacing(path) as temporary:
            with urlopen(entry.address, timeout=TIMEOUT) as answer, temporary.open("wb") as stream:
                shutil.copyfileobj(answer, stream)
            entry.read(temporary)
    except InputError as error:
        raise OutOfReachError(
            f"{entry.name}: what {entry.address} sent is no complete {entry.kind}: expected one,"
            " try again later"
        ) from error
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError) and error.code == 404:
            raise InputError(
                f"target '{entry.target}': the data bank has no such {entry.kind}, expected the"
                f" number of an entry, as in '{entry.example}'"
            ) from error
        reason = (str(getattr(error, "reason", error)).splitlines() or [type(error).__name__])[0]
        raise OutOfReachError(
            f"cannot download {entry.name}: {reason} (expected a network that reaches"
            f" {entry.address}, or that file at '{path}')"
        ) from error
