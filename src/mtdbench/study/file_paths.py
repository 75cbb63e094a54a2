"""Where the files lie that a study names: paths with variables of the environment in them."""

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mtdbench.errors import InputError
from mtdbench.micrographs.sources import find_sources

if TYPE_CHECKING:
    from mtdbench.study.cells import Cell

DATA_FOLDER = "MTDBENCH_DATA"
"""The environment variable that `${data}` in a study stands for."""
IN_PATHS = re.compile(r"\$\{(\w+)\}|\$(\w+)")


class MissingFiles(InputError):  # noqa: N818  # what is wrong, not that something is
    """Files that a study names are not there; they may come."""


def named_path(text: str) -> str:
    """The path or pattern that `file:PATH` names: `${NAME}` is the variable NAME of the
    environment, or MTDBENCH_NAME; `~` is the home folder.

    Raises
    ------
    MissingFiles
        If there is no such variable.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        variable = f"MTDBENCH_{name.upper()}"
        given = os.environ.get(name) or os.environ.get(variable)
        if not given:
            way = "--config data=FOLDER, or " if variable == DATA_FOLDER else ""
            raise MissingFiles(f"'{text}': nobody says what {name} is: expected {way}{variable}")
        return given

    return os.path.expanduser(IN_PATHS.sub(value, text.removeprefix("file:")))  # noqa: PTH111


def measurement_files(text: str) -> list[Path]:
    """The files of a path, folder, pattern or list that `file:PATH` names, in order.

    Raises
    ------
    MissingFiles
        If there are none, or a list of them cannot be read.
    """
    path = named_path(text)
    fixed = next(p for p in (Path(path), *Path(path).parents) if not glob.has_magic(str(p)))
    if not fixed.exists():
        raise MissingFiles(f"'{text}': there is no '{fixed}': expected the files of a measurement")
    try:
        found = list(dict.fromkeys(source.path for source in find_sources([path])[0]))
    except InputError as error:
        raise MissingFiles(f"'{text}': {error}") from error
    if lacking := [file for file in found if not file.is_file()]:
        raise MissingFiles(f"'{text}': there is no '{lacking[0]}': expected the files of a list")
    return found


def table_files(text: str) -> list[Path]:
    """The tables, of marks, that `file:PATTERN` names, in order.

    Raises
    ------
    MissingFiles
        If there are none.
    """
    path = named_path(text)
    found = [Path(each) for each in sorted(glob.glob(path, recursive=True))]
    files = [file for file in found if file.is_file()]
    if not files:
        raise MissingFiles(f"'{text}': no file matches '{path}': expected CSV or STAR files")
    return files


def files_of(cell: "Cell") -> list[Path]:
    """All files that a cell names.

    Raises
    ------
    MissingFiles
        If there are none of a kind.
    """
    from mtdbench.study.file_measurement import FileMeasurement

    given = FileMeasurement.of(cell)
    files = measurement_files(given.measurement)
    if given.marks is not None:
        files += table_files(given.marks)
    if given.ctf is not None:
        files += table_files(given.ctf)
    if given.reference not in (None, "marks"):
        files += measurement_files(str(given.reference))
    return files


def file_sizes(files: list[Path]) -> list[list[str | int]]:
    """Name and bytes of each file: when these are others, what was made of them does not stand."""
    return sorted([file.name, file.stat().st_size] for file in files)
