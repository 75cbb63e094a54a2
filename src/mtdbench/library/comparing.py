"""An estimate against the truth, or against another estimate."""

from dataclasses import dataclass

import numpy as np

from mtdbench.errors import InputError
from mtdbench.evaluate.fsc import resolution, shell_correlation
from mtdbench.evaluate.relative_error import errors
from mtdbench.spaces import Space


def align(space: Space, x: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The coefficients x moved by the symmetry of the problem as near to `truth` as it goes.

    What no data can tell is taken out: the rotation of an image; the rotation, place and
    handedness of a volume; the order of several signals.

    Parameters
    ----------
    space : Space
    x, truth : arrays, shape (n,)

    Raises
    ------
    InputError
        If one of them has not n coefficients.
    """
    _check(space, x=x, truth=truth)
    return space.align(x, truth)


def error(space: Space, x: np.ndarray, truth: np.ndarray) -> float:
    """The relative error over the samples after alignment: the column `error` of a study.

    ||render(align(x)) - render(truth)|| / ||render(truth)||; the estimate 0 has error 1.

    Parameters
    ----------
    space : Space
    x, truth : arrays, shape (n,)

    Raises
    ------
    InputError
        If one of them has not n coefficients.
    """
    _check(space, x=x, truth=truth)
    return errors(space, x, truth)["error"]


@dataclass(frozen=True, slots=True, eq=False)
class ShellCorrelation:
    """A Fourier shell correlation.

    Attributes
    ----------
    frequencies : array, shape (m,)
        In cycles per sample.
    values : array, shape (m,)
        The correlation on each shell, in [-1, 1].
    resolution : float
        In samples: the detail down to which the correlation stays above 0.5.
    """

    frequencies: np.ndarray
    values: np.ndarray
    resolution: float


def fsc(a: np.ndarray, b: np.ndarray) -> ShellCorrelation:
    """Fourier shell correlation of two volumes, or ring correlation of two images.

    They are compared as they lie: give aligned ones, `space.render(align(space, x, truth))`.

    Parameters
    ----------
    a, b : arrays, shape (L,) * d

    Raises
    ------
    InputError
        If the shapes differ or the sides of one do.

    Source: see `mtdbench.evaluate.fsc.shell_correlation`.
    """
    try:
        frequencies, values = shell_correlation(a, b)
    except ValueError as wrong:
        raise InputError(str(wrong)) from None
    return ShellCorrelation(frequencies, values, resolution(values, len(a)))


def _check(space: Space, **coefficients: np.ndarray) -> None:
    for name, x in coefficients.items():
        if np.shape(x) != (space.size,):
            raise InputError(
                f"{name} of shape {np.shape(x)} for space '{space.name}':"
                f" expected {space.size} coefficients"
            )
