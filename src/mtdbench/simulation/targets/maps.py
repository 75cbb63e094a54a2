"""Volumes from files: NumPy arrays, and maps as microscopists keep them (MRC, CCP4)."""

import warnings
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import first_line, read_array

MAPS = (".mrc", ".map", ".mrc.gz", ".map.gz")
VOLUME_SUFFIXES = (".npy", *MAPS)


def read_volume(path: Path) -> np.ndarray:
    """The volume in a file, float64, indexed [z, y, x], its three axes of any length.

    Raises
    ------
    InputError
        If the file cannot be read, has not three axes, or holds NaN.
    """
    volume = read_map(path) if path.name.lower().endswith(MAPS) else read_array(path)
    if volume.ndim != 3 or volume.size == 0:
        raise InputError(f"target '{path}' has shape {volume.shape}: space 'ball' expects 3 axes")
    with np.errstate(invalid="ignore"):  # NaN that signals, which is refused below
        volume = np.asarray(volume, dtype=float)
    if not np.isfinite(volume).all():
        raise InputError(f"target '{path}' holds NaN or infinities: expected finite numbers")
    return volume


def read_map(path: Path) -> np.ndarray:
    """The array in an MRC or CCP4 file, gzipped or not, with its axes brought to [z, y, x].

    Raises
    ------
    InputError
        If the file is broken or holds complex numbers.
    """
    import mrcfile

    try:
        with warnings.catch_warnings(), path.open("rb"):
            warnings.simplefilter("ignore")  # old maps bend the format's rules in their headers
            with mrcfile.open(path, permissive=True) as file:
                data, header = file.data, file.header
                stored = [int(header[axis]) for axis in ("maps", "mapr", "mapc")]
    except Exception as error:  # a decoder may raise anything on a broken file
        raise _unreadable(path, first_line(error)) from error
    if data is None:
        raise _unreadable(path, "its header does not fit its content")
    if data.dtype.kind not in "fiu":
        raise InputError(f"'{path}' holds {data.dtype}: expected real numbers")
    if data.ndim == 3 and sorted(stored) == [1, 2, 3]:
        data = data.transpose([stored.index(axis) for axis in (3, 2, 1)])
    return np.asarray(data)


def _unreadable(path: Path, reason: str) -> InputError:
    return InputError(f"cannot read '{path}': {reason} (expected a complete MRC or CCP4 map)")
