"""Marks: the middles of particles that people found in micrographs, from files to samples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import map_coordinates

from mtdbench.errors import InputError
from mtdbench.files import first_line
from mtdbench.picking.particle_files import AXIS_LETTERS

COORDINATES = {"rlnCoordinateX": "x", "rlnCoordinateY": "y", "rlnMicrographName": "micrograph"}
"""Columns of a STAR file, and those of a CSV file that mean the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The marks in several micrographs.

    Attributes
    ----------
    micrographs : int array, shape (T,)
        The number of the micrograph that each lies in.
    places : float array, shape (T, d)
        The middle of each, samples from 0.
    marked : int array, shape (m,)
        The micrographs that somebody looked at, in ascending order; in others marks are not known.
    """

    micrographs: np.ndarray
    places: np.ndarray
    marked: np.ndarray

    def of(self, micrograph: int) -> np.ndarray:
        """The places in one micrograph, shape (t, d)."""
        return self.places[self.micrographs == micrograph]

    def within(self, first: int, last: int) -> "Marks":
        """Those of micrographs `first` to `last` - 1, which are numbered from 0 then."""
        inside = (self.micrographs >= first) & (self.micrographs < last)
        known = self.marked[(self.marked >= first) & (self.marked < last)]
        return Marks(self.micrographs[inside] - first, self.places[inside], known - first)

    def rows(self, first: int, last: int) -> "Marks":
        """Those in rows `first` to `last` - 1 of their micrographs, which are rows from 0 then."""
        inside = (self.places[:, 0] >= first - 0.5) & (self.places[:, 0] < last - 0.5)
        moved = self.places[inside]
        moved[:, 0] -= first
        return Marks(self.micrographs[inside], moved, self.marked)


def read_marks(files: Sequence[Path], names: Sequence[str], ndim: int) -> dict[int, np.ndarray]:
    """The places that tables of marks say, float, shape (t, d), by the number of the micrograph;
    axes in the order of samples, y before x.

    A table is a CSV file with columns x and y (signals: x), or a STAR file with coordinates of
    particles. A column with names of micrographs says which is meant, else the name of the file.

    Parameters
    ----------
    files : sequence of Path
    names : sequence of str
        Of the micrographs.
    ndim : int
        d.

    Raises
    ------
    InputError
        If a file cannot be read, or no micrograph is marked.
    """
    numbers = {_stem(name): number for number, name in enumerate(names)}
    found: dict[int, list[np.ndarray]] = {}
    for path in files:
        for stem, places in _by_micrograph(path, ndim):
            if stem in numbers:
                found.setdefault(numbers[stem], []).append(places)
    if not found:
        raise InputError(
            f"marks such as '{files[0]}' for micrographs such as '{names[0]}': expected tables that"
            " have the names of their micrographs"
        )
    return {number: np.concatenate(parts) for number, parts in sorted(found.items())}


def _by_micrograph(path: Path, ndim: int) -> Iterator[tuple[str, np.ndarray]]:
    """The stem of a micrograph's name, and the places in it, for each one that a table names."""
    try:
        table = _star(path) if path.suffix.lower() == ".star" else pd.read_csv(path)
        places = table[list(AXIS_LETTERS[-ndim:])].to_numpy(float)
    except Exception as error:  # a parser may raise anything on a broken file
        raise InputError(
            f"cannot read marks from '{path}': {first_line(error)} (expected columns"
            f" {', '.join(sorted(AXIS_LETTERS[-ndim:]))})"
        ) from error
    if not np.isfinite(places).all():
        raise InputError(f"'{path}' has places that are no numbers: expected finite ones")
    if "micrograph" not in table:
        yield path.stem, places
        return
    stems = table["micrograph"].astype(str).map(_stem)
    for stem in stems.unique():
        yield stem, places[(stems == stem).to_numpy()]


def _star(path: Path) -> pd.DataFrame:
    import starfile

    blocks = starfile.read(path, always_dict=True)
    table = next(block for block in blocks.values() if "rlnCoordinateX" in block)
    return pd.DataFrame(table).rename(columns=COORDINATES)


def _stem(name: str) -> str:
    """The name of a micrograph without folders and ending; the number of an image stays."""
    number, at, rest = name.rpartition("@")
    return f"{number}{at}{Path(rest).stem}"


def marked_mean(images: Sequence[np.ndarray], marks: Marks, window: int) -> np.ndarray:
    """The mean of the marked particles that lie wholly in micrographs, shape (window,) * d; 0 where
    there is none.

    Parameters
    ----------
    images : sequence of arrays, shape (N_1, ..., N_d)
    marks : Marks
        In samples of the images; they may lie between samples.
    window : int
    """
    ndim, half = images[0].ndim, (window - 1) / 2
    offsets = np.stack(np.meshgrid(*[np.arange(window) - half] * ndim, indexing="ij"))
    total, count = np.zeros(offsets.shape[1:]), 0
    for number, image in enumerate(images):
        places = marks.of(number)
        last = np.array(image.shape) - 1 - half
        inside = places[np.all((places >= half) & (places <= last), axis=1)]
        if len(inside):
            at = np.moveaxis(inside.reshape(*inside.shape, *[1] * ndim) + offsets, 1, 0)
            total += map_coordinates(image, at, order=1).sum(axis=0)
        count += len(inside)
    return total / max(count, 1)
