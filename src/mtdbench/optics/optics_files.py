"""From what a user names to transfer functions: files of RELION and of CTFFIND."""

import glob
from collections.abc import Sequence
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.files import is_file, is_folder
from mtdbench.optics.ctffind_files import read_ctffind
from mtdbench.optics.relion_optics import missing_columns, read_relion_optics
from mtdbench.optics.transfer_function import TransferFunction

SPECTRUM_ENDING = "_avrot.txt"
"""Of the spectrum that CTFFIND writes beside each of its files."""


def read_optics(text: str) -> dict[str, TransferFunction]:
    """The transfer functions in a STAR file, in a text file of CTFFIND, or in all of the latter in
    a folder or by a pattern; by the names of micrographs.

    Raises
    ------
    InputError
        If there is no such file, or one cannot be read.
    """
    functions: dict[str, TransferFunction] = {}
    for path in _files(text):
        read = read_relion_optics if _is_star(path) else read_ctffind
        functions |= read(path)
    return functions


def listed_optics(sources: Sequence[str]) -> tuple[dict[str, TransferFunction], list[str]]:
    """The transfer functions in those STAR files, among what a user gives as micrographs, that have
    them, and what the user should know of others, a line each.

    Raises
    ------
    InputError
        If a STAR file cannot be read.
    """
    functions: dict[str, TransferFunction] = {}
    remarks = []
    for path in map(Path, sources):
        missing = missing_columns(path) if _is_star(path) and is_file(path) else None
        if missing:
            remarks.append(
                f"'{path}' has defocus but no {missing[0]}: its transfer functions are not used"
            )
        elif missing is not None:
            functions |= read_relion_optics(path)
    return functions, remarks


def _is_star(path: Path) -> bool:
    return path.name.lower().endswith(".star")


def _files(text: str) -> list[Path]:
    path = Path(text)
    if is_file(path):
        return [path]
    pattern = str(path / "*.txt") if is_folder(path) else text
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    files = [each for each in found if is_file(each) and not each.name.endswith(SPECTRUM_ENDING)]
    if not files:
        raise InputError(
            f"no transfer function in '{text}': expected a STAR file of RELION, or text files of"
            " CTFFIND"
        )
    return files
