"""Reads the coefficients of a truth or of an estimate, whichever file they are in."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array
from mtdbench.spaces import Space


def read_coefficients(path: Path, space: Space) -> np.ndarray:
    """Coefficients x in a space, shape (n,).

    Parameters
    ----------
    path : a `.npy` or `.mrc` file of them alone, the folder that `mtdbench estimate` wrote, or the
        `truth.npz` that `mtdbench simulate` wrote.

    Raises
    ------
    InputError
        If the file cannot be read, or holds anything but n finite numbers.
    """
    file = path / "coefficients.npy" if path.is_dir() else path
    x = np.array(_x(file) if file.suffix == ".npz" else read_array(file), dtype=float)
    if x.shape != (space.size,) or not np.isfinite(x).all():
        raise InputError(
            f"'{file}' holds an array of shape {x.shape}: expected {space.size} finite"
            f" coefficients, as many as space '{space.name}' has with window {space.window}"
        )
    return x


def _x(file: Path) -> np.ndarray:
    try:
        with np.load(file, allow_pickle=False) as content:
            return np.asarray(content["x"])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(f"cannot read coefficients from '{file}': {error}") from error
