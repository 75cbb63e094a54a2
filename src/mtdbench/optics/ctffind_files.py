"""Transfer functions in the text files that CTFFIND 4 and 5 write."""

import re
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np

from mtdbench.errors import InputError
from mtdbench.optics.transfer_function import TransferFunction

INPUT_FILE = re.compile(r"Input file: *(.+?) *(?:;|$)", re.MULTILINE)
NUMBER = r" *: *([-+0-9.eE]+)"
LENS_WORDS = {
    "voltage": "acceleration voltage",
    "spherical_aberration": "spherical aberration",
    "amplitude_contrast": "amplitude contrast",
}
_COLUMNS = 5
"""Number of the micrograph, defocus 1, defocus 2, azimuth, phase shift in radians; more follow."""


def read_ctffind(path: Path) -> dict[str, TransferFunction]:
    """The transfer function of each micrograph in a file, by the name of the file that CTFFIND
    read, as `000002@name` if that was a stack.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a part of its head or a column, or has a value that is not
        possible.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror}") from error
    head = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    lens = {field: _in_head(head, words, path) for field, words in LENS_WORDS.items()}
    file = INPUT_FILE.search(head)
    name = file[1] if file else path.name
    rows = _rows(path)
    numbers = rows[:, 0].astype(int)
    found = [_function_of(row, lens, path) for row in rows]
    if len(found) == 1:
        return {name: found[0]}
    return {f"{n:06d}@{name}": each for n, each in zip(numbers, found, strict=True)}


def _in_head(head: str, words: str, path: Path) -> float:
    match = re.search(words + NUMBER, head)
    try:
        return float(match[1] if match else "")
    except ValueError:
        raise InputError(
            f"'{path}' has no {words} in its head: expected a file that CTFFIND wrote, or a STAR"
            " file"
        ) from None


def _rows(path: Path) -> np.ndarray:
    try:
        with catch_warnings():
            simplefilter("ignore")  # of a file without rows
            rows = np.loadtxt(path, comments="#", ndmin=2, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"cannot read '{path}': {reason} (expected rows of numbers)") from None
    if not rows.size or rows.shape[1] < _COLUMNS:
        raise InputError(
            f"'{path}' has {rows.shape[1] if rows.size else 0} columns: expected at least"
            f" {_COLUMNS}, number, defocus 1, defocus 2, azimuth, phase shift"
        )
    return rows


def _function_of(row: np.ndarray, lens: dict[str, float], path: Path) -> TransferFunction:
    _, u, v, angle, phase = map(float, row[:_COLUMNS])
    try:
        return TransferFunction(
            **lens, defocus_u=u, defocus_v=v, angle=angle, phase_shift=float(np.rad2deg(phase))
        )
    except InputError as error:
        raise InputError(f"'{path}', micrograph {row[0]:g}: {error}") from None
