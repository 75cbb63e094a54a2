"""What an attempt at a batch leaves for the next one to know."""

import shutil
from enum import StrEnum
from pathlib import Path

from mtdbench.files import replacing
from mtdbench.study.cells import Batch

MARKS = "marks"
"""The folder below that of a study; needless once the study is done."""


class Mark(StrEnum):
    """How an attempt at a batch went that has left no result."""

    BEGUN = "begun"
    """It did not live to say."""
    OUTGROWN = "outgrown"
    """It needed more than its job was given, and ended in good order."""


def leave(mark: Mark, folder: Path, batch: Batch) -> None:
    """Leave a mark."""
    with replacing(_file(mark, folder, batch)) as temporary:
        temporary.touch()


def take(mark: Mark, folder: Path, batch: Batch) -> None:
    """Take a mark away."""
    _file(mark, folder, batch).unlink(missing_ok=True)


def is_left(mark: Mark, folder: Path, batch: Batch) -> bool:
    """Whether the mark is there."""
    return _file(mark, folder, batch).exists()


def take_all(folder: Path) -> None:
    """Take away all marks of a study."""
    shutil.rmtree(folder / MARKS, ignore_errors=True)


def _file(mark: Mark, folder: Path, batch: Batch) -> Path:
    return folder / MARKS / f"{batch.id}.{mark}"
