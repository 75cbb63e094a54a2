"""Micrographs from TIFF files."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import MOST_INFLATED
from mtdbench.micrographs.file_content import FileContent
from mtdbench.micrographs.grey_values import grey_of_channels, grey_of_palette
from mtdbench.micrographs.movies import refuse_movie

RESOLUTION_UNITS = {2: 2.54e8, 3: 1e8}
"""Angstrom to the unit of a resolution, by the number that stands for it: inch, centimetre."""

IMAGEJ_UNITS = {
    **dict.fromkeys(("angstrom", "Angstrom", "Å", "A"), 1.0),
    "nm": 10.0,
    **dict.fromkeys(("um", "µm", "micron", r"\u00B5m"), 1e4),
}
"""Angstrom to the units that people use in ImageJ."""

BELIEVABLE = (0.05, 1000.0)
"""Angstrom to a sample. Most TIFF files have a resolution that is meant for printers."""


def read_tiff(path: Path) -> FileContent:
    """The images of a TIFF file, one or several of one size; thumbnails are left out.

    Raises
    ------
    InputError
        If it is a movie that was not averaged, or holds colours.
    Exception
        What a broken file leads to.
    """
    import tifffile

    with _silent(), tifffile.TiffFile(path) as file:
        number, series = _only_series(file)
        page, has_channels = series.keyframe, series.axes.endswith("S")
        if "S" in series.axes and not has_channels:
            raise InputError(f"'{path}' holds its colours apart: expected grey values")
        refuse_movie(path, math.prod(series.shape[: -3 if has_channels else -2]))
        array, pixel_size = _samples(path, number, series), _pixel_size(file, page)
        if page.colormap is not None and page.photometric == tifffile.PHOTOMETRIC.PALETTE:
            array, remark = grey_of_palette(array, page.colormap, path)
        elif has_channels:
            array, remark = grey_of_channels(array, path)
        else:
            return FileContent(array, pixel_size)
        return FileContent(array, pixel_size, remarks=(remark,))


def _only_series(file: Any) -> tuple[int, Any]:
    """The set of images that are alike, and its number; thumbnails are none."""
    series = [(n, s) for n, s in enumerate(file.series) if not s.keyframe.is_reduced]
    if len(series) != 1:
        raise ValueError(f"it holds {len(series)} sets of images that are not alike")
    return series[0]


def _samples(path: Path, number: int, series: Any) -> np.ndarray:
    """The array of a series, memory-mapped where nothing has to be decoded."""
    import tifffile

    if series.dataoffset is not None and series.keyframe.is_memmappable:
        return tifffile.memmap(path, mode="r", series=number)
    there = path.stat().st_size
    if series.nbytes > max(MOST_INFLATED, 100 * there):
        raise ValueError(f"it claims {series.nbytes} bytes, far more than {there} can hold")
    try:
        return np.asarray(series.asarray())
    except Exception as error:
        if "imagecodecs" not in str(error):
            raise
        return _decoded(path, series)


def _decoded(path: Path, series: Any) -> np.ndarray:
    """The array of a series whose compression needs a library that comes with Pillow."""
    from PIL import Image, ImageSequence

    with Image.open(path, formats=("TIFF",)) as image:
        array = np.array([np.array(page) for page in ImageSequence.Iterator(image)])
    if array.size != math.prod(series.shape):
        raise ValueError(f"{array.size} samples instead of {math.prod(series.shape)}")
    return array.reshape(series.shape)


def _pixel_size(file: Any, page: Any) -> float | None:
    """Angstrom to a sample, if the resolution says one that an electron microscope can have."""
    if file.is_imagej:
        unit = IMAGEJ_UNITS.get(str((file.imagej_metadata or {}).get("unit")))
    else:
        unit = RESOLUTION_UNITS.get(int(page.resolutionunit))
    per_unit = page.resolution[0]
    size = unit / per_unit if unit and per_unit else 0.0
    low, high = BELIEVABLE
    return float(f"{size:.6g}") if low <= size <= high else None


@contextmanager
def _silent() -> Iterator[None]:
    """Without what tifffile logs of files that are not quite right."""
    logger = logging.getLogger("tifffile")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
