"""Maps of the Electron Microscopy Data Bank, downloaded once and kept.

Aspire offers a fixed list of thirteen maps, without that of TRPV1, so the data bank itself is
asked.
"""

import hashlib
import os
import shutil
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import replacing
from mtdbench.simulate.maps import read_map, read_volume

ADDRESS = "https://ftp.ebi.ac.uk/pub/databases/emdb/structures/EMD-{0}/map/emd_{0}.map.gz"
TIMEOUT = 60  # seconds without an answer


def check_number(number: str) -> None:
    """Raise `InputError` unless this could be the number of an entry."""
    if not (number.isascii() and number.isdecimal() and 4 <= len(number) <= 6):
        raise InputError(
            f"target 'emdb:{number}': expected the number of an entry, as in 'emdb:2660'"
        )


def entry(number: str) -> np.ndarray:
    """The map of that entry, indexed [z, y, x], downloaded on its first use.

    It is kept in `mtdbench/emdb` in the user's cache folder (`XDG_CACHE_HOME`, or `~/.cache`) with
    its SHA-256, which is checked on every use. A map put there by hand is used as well.

    Raises
    ------
    InputError
        If there is no such entry, no network, or the file is not what was downloaded.
    """
    check_number(number)
    path = _cache() / f"emd_{number}.map.gz"
    if not path.is_file():
        _download(number, path)
    _check(path)
    return read_volume(path)


def _cache() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(folder) if Path(folder).is_absolute() else Path.home() / ".cache"
    return base / "mtdbench" / "emdb"


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


def _download(number: str, path: Path) -> None:
    """Fetch the map under a temporary name, read it through, and only then keep it."""
    address = ADDRESS.format(number)
    try:
        with replacing(path) as temporary:
            with urlopen(address, timeout=TIMEOUT) as answer, temporary.open("wb") as stream:
                shutil.copyfileobj(answer, stream)
            read_map(temporary)
    except InputError as error:
        raise InputError(
            f"EMD-{number}: what {address} sent is no complete map: expected one, try again later"
        ) from error
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError) and error.code == 404:
            raise InputError(
                f"target 'emdb:{number}': the data bank has no such map, expected the number of an"
                " entry, as in 'emdb:2660'"
            ) from error
        reason = (str(getattr(error, "reason", error)).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"cannot download EMD-{number}: {reason} (expected a network that reaches {address},"
            f" or that file at '{path}')"
        ) from error
