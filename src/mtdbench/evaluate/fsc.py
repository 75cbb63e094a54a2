"""Fourier shell correlation: down to which detail two volumes agree."""

import math

import numpy as np

THRESHOLD = 0.5
EMPTY_SHELL_SHARE = 1e-29
"""Share of the energy below which a shell holds nothing but the rounding of the transform."""


def shell_correlation(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlation of two volumes on every shell of spatial frequency.

    With A and B the discrete Fourier transforms and k the integer frequency vectors,

        FSC(s) = Re sum_k A_k conj(B_k) / sqrt(sum_k |A_k|^2 sum_k |B_k|^2),
        sums over the shell s - 1/2 <= |k| < s + 1/2,    s = 1 .. (L - 1) // 2.

    It is 1 where the two differ by a positive factor, and 0 where one of them has nothing. Of two
    images it is the Fourier ring correlation.

    Parameters
    ----------
    a, b : arrays, shape (L,) * d
        Aligned with each other.

    Returns
    -------
    frequencies : array, shape (m,), m = (L - 1) // 2
        s / L, in cycles per sample.
    correlations : array, shape (m,)
        In [-1, 1]; entry i belongs to the shell s = i + 1.

    Raises
    ------
    ValueError
        If the shapes differ or the sides of one do.

    References
    ----------
    G. Harauz and M. van Heel, Exact filters for general geometry three dimensional reconstruction,
    Optik, 1986.
    """
    if a.shape != b.shape or len(set(a.shape)) != 1:
        raise ValueError(f"shapes {a.shape} and {b.shape}: expected twice the same (L, ..., L)")
    shells = shell_numbers(a.ndim, len(a))
    count = (len(a) - 1) // 2
    one, other = np.fft.fftn(a).ravel(), np.fft.fftn(b).ravel()

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(shells, values, minlength=count + 1)[1 : count + 1]

    energies = np.abs(one) ** 2, np.abs(other) ** 2
    there = np.all([total(e) > EMPTY_SHELL_SHARE * e.sum() for e in energies], axis=0)
    scale = np.sqrt(total(energies[0])) * np.sqrt(total(energies[1]))
    shared = total((one * other.conj()).real)
    correlations = np.divide(shared, scale, out=np.zeros(count), where=there)
    return np.arange(1, count + 1) / len(a), correlations.clip(-1, 1)


def shell_numbers(ndim: int, length: int) -> np.ndarray:
    """The shell of every frequency of a discrete Fourier transform, |k| rounded, shape (L^d,)."""
    k = np.fft.fftfreq(length, 1 / length)
    squares = sum(axis**2 for axis in np.meshgrid(*[k] * ndim, indexing="ij", sparse=True))
    # No |k| is half a whole number: |k|^2 is whole. So rounding to even is never asked for.
    return np.rint(np.sqrt(squares)).astype(int).ravel()


def resolution(correlations: np.ndarray, length: int, threshold: float = THRESHOLD) -> float:
    """The detail, in samples, down to which a shell correlation stays above a threshold.

    That is L / s, where s is the first crossing of the curve drawn straight from shell to shell,
    and from FSC = 1 at s = 0. A curve that does not cross gives L / ((L - 1) // 2), the finest that
    the shells can tell: it means "at least as fine as this".

    Parameters
    ----------
    correlations : array, shape ((L - 1) // 2,)
        As `shell_correlation` gives them.
    length : int
        L.

    Returns
    -------
    float
        In samples; NaN where a correlation is NaN or there is no shell (L < 3).
    """
    if not len(correlations) or np.isnan(correlations).any():
        return math.nan
    curve = np.array([1.0, *correlations])
    below = np.flatnonzero(curve < threshold)
    if not len(below):
        return length / len(correlations)
    after = int(below[0])
    before = after - 1
    share = (curve[before] - threshold) / (curve[before] - curve[after])
    return float(length / (before + share))
