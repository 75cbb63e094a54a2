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


def smooth_basis(shape: tuple[int, ...], side: int, degree: int, chosen: np.ndarray) -> np.ndarray:
    """Products of Legendre polynomials at the middles of some blocks of a micrograph, by their
    indices in C order, shape (J, n), in the order of `powers`.
    """
    centres = block_centres(shape, side)
    index = np.unravel_index(chosen, tuple(len(axis) for axis in centres))
    degrees = np.array(powers(len(shape), degree))
    basis = np.ones((len(degrees), len(chosen)))
    for i, axis in enumerate(centres):
        basis *= legvander(axis, degree).T[degrees[:, i]][:, index[i]]
    return basis


def evaluated(
    coefficients: np.ndarray, shape: tuple[int, ...], degree: int, side: int = 1
) -> np.ndarray:
    """The polynomial with these coefficients at every sample, or at the middles of all blocks of a
    side, float32.
    """
    tensor = np.zeros((degree + 1,) * len(shape), dtype=np.float32)
    tensor[tuple(np.array(powers(len(shape), degree)).T)] = coefficients
    for axis in block_centres(shape, side):
        tensor = np.tensordot(tensor, legvander(axis, degree).astype(np.float32), (0, 1))
    return tensor
