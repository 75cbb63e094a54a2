"""The folder that a command writes into, tried before anything is computed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.files import is_folder


def try_folder(out: Path) -> None:
    """Try whether files can be written into a folder, which is made if it is not there. Nothing of
    the trial is left: neither a file nor a folder.

    Raises
    ------
    InputError
        If the folder cannot be made, or nothing can be written into it.
    """
    if os.path.lexists(out) and not is_folder(out):
        raise InputError(f"'{out}' is a file: expected a folder, or a name that is free")
    try:
        with _made(out), tempfile.TemporaryFile(dir=out) as file:
            file.write(b"trial")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot write into '{out}': {reason} (expected a folder that can be made and written)"
        ) from error


@contextmanager
def writing_into(out: Path) -> Iterator[None]:
    """What the system says of a file that cannot be written after all, as one line: a disk may fill
    up while something is computed.

    Raises
    ------
    InputError
        If an `OSError` ends the block.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot write into '{out}': {reason} (expected a folder that can be written)"
        ) from error


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder for a while; what was not there before is gone afterwards."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for path in missing:
            with suppress(OSError):  # another process has written there, or it was never made
                path.rmdir()
