"""Smooth functions over a micrograph: polynomials of its axes."""

from itertools import product

import numpy as np
from numpy.polynomial.legendre import legvander

Powers = list[tuple[int, ...]]


def powers(ndim: int, degree: int) -> Powers:
    """The degrees along each axis of all products of polynomials up to a degree in all axes
    together; those of a smaller degree are the first ones.
    """
    every = (p for p in product(range(degree + 1), repeat=ndim) if sum(p) <= degree)
    return sorted(every, key=lambda p: (sum(p), p))


def block_centres(shape: tuple[int, ...], side: int) -> list[np.ndarray]:
    """Coordinates of the middles of blocks, from -1 to 1 over the samples; of the samples
    themselves if `side` is 1.
    """
    return [((np.arange(n // side) + 0.5) * side - n / 2) / (n / 2) for n in shape]


def smooth_basis(shape: tuple[int, ...], side: int, degree: int) -> np.ndarray:
    """Products of Legendre polynomials at the middles of the blocks of a micrograph, shape
    (J, n_1, ..., n_d), in the order of `powers`.
    """
    axes = [legvander(axis, degree).T for axis in block_centres(shape, side)]
    basis = np.ones((1,) * (1 + len(shape)))
    chosen = np.array(powers(len(shape), degree))
    for i, values in enumerate(axes):
        extent = [len(chosen), *(values.shape[1] if j == i else 1 for j in range(len(shape)))]
        basis = basis * values[chosen[:, i]].reshape(extent)
    return basis


def evaluated(coefficients: np.ndarray, shape: tuple[int, ...], degree: int) -> np.ndarray:
    """The polynomial with these coefficients at every sample, float32, shape `shape`."""
    tensor = np.zeros((degree + 1,) * len(shape), dtype=np.float32)
    tensor[tuple(np.array(powers(len(shape), degree)).T)] = coefficients
    for axis in block_centres(shape, 1):
        tensor = np.tensordot(tensor, legvander(axis, degree).astype(np.float32), (0, 1))
    return tensor
