"""Where the copies of a measurement lie."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_arrays


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the copies lie and how they are rotated: what an oracle is told.

    Attributes
    ----------
    corners : int array, shape (T, d)
        First sample of each copy's window.
    poses : float array, shape (T, p)
        Pose of each copy in the coordinates of its space (p = 0, 1, 4 for Line, Disc, Ball).
    micrographs : int array, shape (T,)
        The micrograph that each copy lies in, in ascending order; 0 for all where not given.
    fractions : float array, shape (T, d), or None
        By what part of a sample each copy lies beside its corner; None where all lie at samples.
    amplitudes : float array, shape (T,), or None
        By what each copy is multiplied; None where that is 1.
    """

    corners: np.ndarray
    poses: np.ndarray
    micrographs: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fractions: np.ndarray | None = None
    amplitudes: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.micrographs) == 0:
            object.__setattr__(self, "micrographs", np.zeros(len(self.corners), dtype=np.int64))
        if any(len(each) != len(self.corners) for each in self.arrays.values()):
            raise ValueError("the arrays of a placement are not of the same length")

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Those that there are, by name: what `placement.npz` holds."""
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: array for name, array in every.items() if array is not None}

    @property
    def moved_poses(self) -> np.ndarray:
        """The poses with the fractions beside them, shape (T, p + d), as those of a forward model
        with fractions; the poses alone where there are none.
        """
        if self.fractions is None:
            return self.poses
        return np.concatenate([self.poses, self.fractions], axis=1)

    def within(self, micrograph: int) -> "Placement":
        """The copies of one micrograph, as a placement in that one alone."""
        first, last = np.searchsorted(self.micrographs, (micrograph, micrograph + 1))
        arrays = {name: array[first:last] for name, array in self.arrays.items()}
        return Placement(**{**arrays, "micrographs": np.zeros(0, dtype=np.int64)})

    @classmethod
    def load(cls, path: Path | IO[bytes]) -> "Placement":
        """The placement in a `placement.npz` that `simulate` wrote, named or open.

        Raises
        ------
        InputError
            If the file cannot be read, or holds no placement.
        """
        beside = ("micrographs", "fractions", "amplitudes")
        arrays = read_arrays(path, "a placement", ("corners", "poses"), beside)
        if wrong := _placement_fault(**arrays):
            named = f"'{path}'" if isinstance(path, Path) else "what is open"
            raise InputError(f"{named} holds no placement: {wrong}")
        return cls(**arrays)


def _are_finite(array: np.ndarray) -> bool:
    return array.dtype.kind in "fiu" and bool(np.isfinite(array).all())


def _placement_fault(
    corners: np.ndarray,
    poses: np.ndarray,
    micrographs: np.ndarray | None = None,
    fractions: np.ndarray | None = None,
    amplitudes: np.ndarray | None = None,
) -> str:
    """What is wrong with the arrays of a placement, and what was expected; empty if nothing is."""
    rows = corners.shape[:1]
    if not rows or any(a.shape != (*rows, *a.shape[-1:]) for a in (corners, poses)):
        return (
            f"corners {corners.shape} and poses {poses.shape} are not of the same length:"
            " expected a row for each copy"
        )
    if corners.dtype.kind not in "iu" or not np.isfinite(poses).all():
        return "expected whole numbers as corners, and finite poses"
    for name, array, shape in [
        ("fractions", fractions, corners.shape),
        ("amplitudes", amplitudes, rows),
    ]:
        if array is not None and not (array.shape == shape and _are_finite(array)):
            return f"{name} of shape {array.shape}: expected finite numbers of shape {shape}"
    if micrographs is None:
        return ""
    if micrographs.dtype.kind not in "iu" or micrographs.shape not in ((0,), (len(corners),)):
        return f"micrographs {micrographs.shape}, expected a whole number for each copy"
    if np.any(np.diff(micrographs.astype(np.int64), prepend=0) < 0):
        return "expected micrographs in ascending order, from 0"
    return ""
