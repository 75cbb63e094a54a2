"""Where micrographs are: files, folders, patterns, and STAR files that list them."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.files import is_file, is_folder
from mtdbench.micrographs.file_formats import IN_WORDS, is_micrograph
from mtdbench.micrographs.movies import is_gain_reference

SECTION = re.compile(r"(\d+)@(.+)", re.DOTALL)
"""One image of a stack, as RELION has it: 000001@stack.mrcs."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of micrographs, or one of those in it.

    Attributes
    ----------
    path : Path
    section : int or None
        Its number in the file, from 1; None for all.
    name : str
        What the file is called where it is listed; empty where it is not.
    pixel_size : float or None
        Angstrom, where a list says it.
    """

    path: Path
    section: int | None = None
    name: str = ""
    pixel_size: float | None = None


def find_sources(given: Sequence[str]) -> tuple[list[Source], list[str]]:
    """What is meant by what a user gives, each once, and what the user should know of it.

    Raises
    ------
    InputError
        If a pattern or a folder has no micrographs, or a list cannot be read.
    """
    sources: dict[tuple[str, int | None], Source] = {}
    remarks: list[str] = []
    for text in given:
        for source in _meant(text, remarks):
            place = (os.path.normpath(Path.cwd() / source.path), source.section)
            if place in sources:
                remarks.append(f"'{source.path}' is given twice: it is read once")
            sources.setdefault(place, source)
    return list(sources.values()), remarks


def split_section(text: str) -> tuple[int | None, str]:
    """The number before an @, and what is behind it; None and all of the text without one."""
    match = SECTION.fullmatch(text)
    return (int(match[1]), match[2]) if match else (None, text)


def _meant(text: str, remarks: list[str]) -> Iterator[Source]:
    path = Path(text)
    if is_folder(path):
        yield from _in_folder(path, remarks)
    elif is_file(path):
        yield from _in_file(path)
    elif SECTION.fullmatch(text):
        section, file = split_section(text)
        yield Source(Path(file), section)
    elif glob.has_magic(text):
        yield from _by_pattern(text)
    else:
        yield Source(path)  # whoever reads it says that there is none


def _in_file(path: Path) -> Iterator[Source]:
    if not path.name.lower().endswith(".star"):
        yield Source(path)
        return
    from mtdbench.micrographs.star_list import read_star_list

    for name, pixel_size in read_star_list(path).items():
        section, file = split_section(name)
        yield Source(_beside(path, file), section, file, pixel_size)


def _in_folder(folder: Path, remarks: list[str]) -> Iterator[Source]:
    try:
        files = sorted(p for p in folder.iterdir() if is_micrograph(p) and p.name[0] != ".")
    except OSError as error:
        raise InputError(f"cannot read folder '{folder}': {error.strerror}") from error
    gains = filter(is_gain_reference, files)
    remarks += [f"'{p}' is left out: by its name it is the gain of a camera" for p in gains]
    found = [p for p in files if not is_gain_reference(p) and is_file(p)]
    if not found:
        raise InputError(f"folder '{folder}' holds no micrographs: expected files in {IN_WORDS}")
    yield from map(Source, found)


def _by_pattern(pattern: str) -> Iterator[Source]:
    try:
        found = sorted(glob.glob(pattern, recursive=True))
    except (OSError, ValueError, re.error):
        found = []
    files = [path for path in map(Path, found) if is_file(path)]
    if not files:
        raise InputError(f"no file matches '{pattern}': expected micrographs in {IN_WORDS}")
    for path in files:
        yield from _in_file(path)


def _beside(listing: Path, name: str) -> Path:
    """The file that a list names: from here, or from a folder that the list lies in. RELION counts
    from the folder of a project, below which its lists lie.
    """
    folders = (Path(), *listing.absolute().parents)
    return next((f / name for f in folders if is_file(f / name)), Path(name))
