"""What an estimator is given, and what it gives back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import read_array
from mtdbench.spaces import Space


@dataclass(frozen=True, slots=True)
class Measurement:
    """A noisy measurement y = sum_t shift(P_{g_t} x, l_t) + sigma * noise; never the truth.

    Attributes
    ----------
    samples : array, shape (N,) * space.ndim
        The measurement y, memory-mapped where it comes from a file.
    space : Space
        What is estimated, its window L and its poses.
    sigma : float or None
        Standard deviation of the noise per sample; None where the user does not know it.
    spacing : str
        `"well-separated"` (no window of L^d sees two copies) or `"arbitrary"`.
    """

    samples: np.ndarray
    space: Space
    sigma: float | None = None
    spacing: str = "well-separated"

    def __post_init__(self) -> None:
        shape, space = self.samples.shape, self.space
        if len(shape) != space.ndim_measurement:
            raise InputError(
                f"a measurement of shape {shape} for space '{space.name}':"
                f" expected {space.ndim_measurement} axes"
            )
        if min(shape) < space.window:
            raise InputError(
                f"window {space.window} is larger than the measurement of shape {shape}:"
                " expected a window that fits"
            )
        if self.sigma is not None and not (np.isfinite(self.sigma) and self.sigma > 0):
            raise InputError(f"sigma {self.sigma}: expected a positive number")
        if self.spacing not in SPACINGS:
            raise InputError(f"spacing '{self.spacing}': expected one of {', '.join(SPACINGS)}")

    @classmethod
    def load(
        cls,
        path: Path,
        space: Space,
        sigma: float | None = None,
        spacing: str = "well-separated",
    ) -> "Measurement":
        """The measurement in a `.npy` or `.mrc` file.

        Raises
        ------
        InputError
            If the file cannot be read, does not fit the space, or holds NaN or infinities.
        """
        samples = read_array(path)
        if samples.ndim == space.ndim_measurement + 1 and samples.shape[0] == 1:
            samples = samples[0]  # an .mrc image may come as a stack of one
        measurement = cls(samples, space, sigma, spacing)
        rows = max(1, 2**22 // int(np.prod(samples.shape[1:], dtype=int)))
        for start in range(0, samples.shape[0], rows):
            if not np.isfinite(samples[start : start + rows]).all():
                raise InputError(f"'{path}' holds NaN or infinities: expected finite numbers")
        return measurement


SPACINGS = ("well-separated", "arbitrary")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the copies lie and how they are turned: what an oracle is told.

    Attributes
    ----------
    corners : int array, shape (T, d)
        First sample of each copy's window.
    poses : float array, shape (T, p)
        Pose of each copy in the coordinates of its space (p = 0, 1, 4 for Line, Disc, Ball).
    """

    corners: np.ndarray
    poses: np.ndarray

    @classmethod
    def load(cls, path: Path) -> "Placement":
        """The placement that `simulate` wrote as `placement.npz`."""
        try:
            with np.load(path, allow_pickle=False) as content:
                return cls(content["corners"], content["poses"])
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"cannot read a placement from '{path}': {error}") from error


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate; an iterative method yields many, each better than the one before.

    Attributes
    ----------
    x : array, shape (n,)
        Coefficients in the measurement's space.
    density : float or None
        Estimated gamma = copies L^d / N^d.
    objective : float or None
        What the method maximises or minimises (EM: log-likelihood per patch).
    prior : array or None
        Estimated prior over the views, the empty one last.
    sigma : float or None
        Standard deviation of the noise, given or estimated.
    iterations : int or None
        Iterations so far.
    converged : bool or None
        Whether the method's own stopping rule was met; None for methods that have none.
    note : str
        A line for the log: starts, stopping rule, what a user should know.
    """

    x: np.ndarray
    density: float | None = None
    objective: float | None = None
    prior: np.ndarray | None = None
    sigma: float | None = None
    iterations: int | None = None
    converged: bool | None = None
    note: str = ""
