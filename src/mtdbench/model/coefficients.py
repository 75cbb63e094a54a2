"""Reads the coefficients of a truth or of an estimate, whichever file they are in."""

from pathlib import Path
from typing import IO

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import is_folder, read_array, read_arrays
from mtdbench.spaces import Space

LARGEST_COEFFICIENT = 1e15
"""Of a file: beyond it the projections of an object are no numbers of single precision."""


def read_coefficients(path: Path | IO[bytes], space: Space) -> np.ndarray:
    """Coefficients x in a space, shape (n,).

    Parameters
    ----------
    path : a `.npy` or `.mrc` file of them alone, the folder that `mtdbench estimate` wrote, or the
        `truth.npz` that `mtdbench simulate` wrote; or such a `.npz` file that is open.

    Raises
    ------
    InputError
        If the file cannot be read, or holds anything but n finite numbers.
    """
    x, file = _read(path)
    if x.shape != (space.size,) or not (np.abs(x) <= LARGEST_COEFFICIENT).all():
        raise InputError(
            f"'{file}' holds an array of shape {x.shape}: expected {space.size} finite"
            f" coefficients, as many as space '{space.name}' has with window {space.window}"
        )
    return x


def _read(path: Path | IO[bytes]) -> tuple[np.ndarray, Path]:
    """The array, and what messages call the file."""
    if not isinstance(path, Path):
        return _x(path), Path("truth.npz")
    file = path / "coefficients.npy" if is_folder(path) else path
    return _x(file) if file.suffix == ".npz" else np.array(read_array(file), dtype=float), file


def _x(file: Path | IO[bytes]) -> np.ndarray:
    return np.array(read_arrays(file, "coefficients", ("x",))["x"], dtype=float)
