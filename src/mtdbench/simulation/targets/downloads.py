"""Files of public data banks, downloaded once and kept."""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

from mtdbench.errors import InputError
from mtdbench.files import replacing

TIMEOUT = 60  # seconds without an answer


class OutOfReachError(InputError):
    """A data bank did not answer, or with half a file: a later try, or a stand-in, may help."""


@dataclass(frozen=True, slots=True)
class DataBank:
    """A public data bank: one file for each of its entries, which have numbers.

    Attributes
    ----------
    name : str
        What a study calls the bank, as in `emdb:2660`, and the folder that its files are kept in,
        below `mtdbench` in the user's cache folder.
    title, file, address : str
        What the bank calls an entry, the name under which an entry's file is kept, and where it is
        downloaded from; `{0}` stands for the number, in the title in capitals.
    kind, example : str
        What a file holds, in a word, and the target of an entry that exists.
    read : function
        Reads a file through; raises `InputError` where it is not complete.
    open_url : function
        Opens an address, as `urllib.request.urlopen`, with a `timeout` in seconds.
    """

    name: str
    title: str
    file: str
    address: str
    kind: str
    example: str
    read: Callable[[Path], object]
    open_url: Callable[..., AbstractContextManager[IO[bytes]]] = urlopen


def downloaded(bank: DataBank, number: str) -> Path:
    """The file of the bank's entry with that number, downloaded on its first use.

    It is kept in the user's cache folder (`XDG_CACHE_HOME`, or `~/.cache`) with its SHA-256, which
    is checked on every use. A file put there by hand is used as well.

    Raises
    ------
    OutOfReachError
        If there is no network, or what came is not complete.
    InputError
        If there is no such entry, or the file is not what was downloaded.
    """
    path = _cache() / bank.name / bank.file.format(number)
    if not path.is_file():
        _download(bank, number, path)
    _check(path)
    return path


def _cache() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(folder) if Path(folder).is_absolute() else Path.home() / ".cache"
    return base / "mtdbench"


def _check(path: Path) -> None:
    """Compare the file with the checksum beside it, or write one where there is none yet."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    record = path.with_name(f"{path.name}.sha256")  # of the form that sha256sum --check reads
    if not record.is_file():
        with replacing(record) as temporary:
            temporary.write_text(f"{digest}  {path.name}\n")
    elif record.read_text().split()[:1] != [digest]:
        raise InputError(
            f"'{path}' is not what was downloaded, its SHA-256 is {digest[:12]}...: expected that"
            f" in '{record.name}'; delete both files to download it again"
        )


def _download(bank: DataBank, number: str, path: Path) -> None:
    """Fetch the file under a temporary name, read it through, and only then keep it."""
    address, title = bank.address.format(number), bank.title.format(number.upper())
    try:
        with replacing(path) as temporary:
            with bank.open_url(address, timeout=TIMEOUT) as answer, temporary.open("wb") as stream:
                shutil.copyfileobj(answer, stream)
            bank.read(temporary)
    except InputError as error:
        raise OutOfReachError(
            f"{title}: what {address} sent is no complete {bank.kind}: expected one,"
            " try again later"
        ) from error
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError) and error.code == 404:
            raise InputError(
                f"target '{bank.name}:{number}': the data bank has no such {bank.kind}, expected"
                f" the number of an entry, as in '{bank.example}'"
            ) from error
        reason = (str(getattr(error, "reason", error)).splitlines() or [type(error).__name__])[0]
        raise OutOfReachError(
            f"cannot download {title}: {reason} (expected a network that reaches"
            f" {address}, or that file at '{path}')"
        ) from error
