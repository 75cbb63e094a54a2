"""STAR files that list micrographs, as RELION writes them."""

from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench.errors import InputError
from mtdbench.files import first_line

MICROGRAPH = "rlnMicrographName"
MICROGRAPH_MOVIE = "rlnMicrographMovieName"
OPTICS_GROUP = "rlnOpticsGroup"
PIXEL_SIZES = ("rlnMicrographPixelSize", "rlnMicrographOriginalPixelSize")
"""Angstrom to a sample; of movies that were binned, the second is that of the movie."""


def read_star_list(path: Path) -> dict[str, float | None]:
    """The micrographs that a STAR file names, in order, each with the angstrom to its samples;
    None where the file does not say.

    Raises
    ------
    InputError
        If the file cannot be read, or names none.
    """
    tables = star_tables(path)
    listing = listing_of(tables, path)
    names = listing[MICROGRAPH].astype(str)
    sizes = _pixel_sizes(listing, tables.get("optics"), path)
    return dict(zip(names, sizes, strict=True))


def star_tables(path: Path) -> dict[str, pd.DataFrame]:
    """The blocks of a STAR file as tables.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    import starfile

    try:
        blocks = starfile.read(path, always_dict=True, parse_as_string=[MICROGRAPH])
        return {name: _table(block) for name, block in blocks.items()}
    except Exception as error:  # a parser may raise anything on a broken file
        raise InputError(
            f"cannot read '{path}': {first_line(error)} (expected a STAR file that lists"
            " micrographs)"
        ) from error


def _table(block: Any) -> pd.DataFrame:
    """A block as a table: one that is no loop has one row."""
    return block if isinstance(block, pd.DataFrame) else pd.DataFrame([block])


def listing_of(tables: dict[str, pd.DataFrame], path: Path) -> pd.DataFrame:
    """The table that names micrographs.

    Raises
    ------
    InputError
        If there is none.
    """
    by_rank = sorted(tables.items(), key=lambda item: item[0] != "micrographs")
    for _, table in by_rank:
        if MICROGRAPH in table and len(table):
            return table
    if any(MICROGRAPH_MOVIE in table for table in tables.values()):
        raise InputError(
            f"'{path}' lists movies: expected the micrographs that motion correction makes of them"
        )
    raise InputError(f"'{path}' lists no micrographs: expected a column {MICROGRAPH}")


def _pixel_sizes(
    listing: pd.DataFrame, optics: pd.DataFrame | None, path: Path
) -> list[float | None]:
    """Angstrom to the samples of each micrograph: its own, or that of its optics group."""
    label = _label(listing)
    if label:
        return [_number(value, label, path) for value in listing[label]]
    label = None if optics is None else _label(optics)
    if optics is None or label is None or not len(optics):
        return [None] * len(listing)
    values = [_number(value, label, path) for value in optics[label]]
    if OPTICS_GROUP not in listing or OPTICS_GROUP not in optics:
        return [values[0] if len(set(values)) == 1 else None] * len(listing)
    known = dict(zip(optics[OPTICS_GROUP], values, strict=True))
    return [known.get(group) for group in listing[OPTICS_GROUP]]


def _label(table: pd.DataFrame) -> str | None:
    return next((label for label in PIXEL_SIZES if label in table), None)


def _number(value: Any, label: str, path: Path) -> float | None:
    try:
        size = float(value)
    except (TypeError, ValueError):
        raise InputError(f"'{path}' has {label} '{value}': expected a number of angstrom") from None
    return size if 0 < size < float("inf") else None
