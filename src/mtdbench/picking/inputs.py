"""Reads and checks what a user gives to pick with."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array
from mtdbench.measurement import Measurement, Placement
from mtdbench.spaces import Space


def read_coefficients(path: Path, space: Space) -> np.ndarray:
    """The coefficients that `mtdbench estimate` wrote, or `simulate` in `truth.npz`; shape (n,)."""
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


def check_placement(placement: Placement, measurement: Measurement, path: str) -> None:
    """Check that the copies of a placement lie in the measurement, in poses of its space.

    Raises
    ------
    InputError
        If they do not.
    """
    count, *sizes = measurement.stack.shape
    corners, last = placement.corners, np.array(sizes) - measurement.space.window
    fits = corners.ndim == 2 and corners.shape[1] == len(sizes)
    if not fits or np.any((corners < 0) | (corners > last)):
        raise InputError(f"'{path}' has copies outside of the measurement: expected its placement")
    if np.any(placement.micrographs >= count):
        raise InputError(f"'{path}' has copies in more than {count} micrographs: expected as many")
    shape = (len(corners), *measurement.space.poses(1).shape[1:])
    if placement.poses.shape != shape:
        raise InputError(f"'{path}' has poses of shape {placement.poses.shape}: expected {shape}")


def micrograph_names(path: Path, measurement: Measurement) -> list[str]:
    """The file's name; of a stack, as RELION has it, 000001@ and so on before it."""
    if measurement.samples.ndim == measurement.space.ndim_measurement:
        return [path.name]
    return [f"{number:06d}@{path.name}" for number in range(1, len(measurement.stack) + 1)]
