"""Volumes of any size made to measure, by their Fourier transform."""

import numpy as np


def fit(volume: np.ndarray, side: int) -> np.ndarray:
    """A volume resampled to side x side x side samples of the same window, about sample side // 2.

    Axes of unequal length are first padded with zeros about their centres (nothing is cut off).
    Where the side shrinks, the Fourier transform is cropped to |k| < side / 2 along each axis (k in
    cycles per window), elsewhere it is padded with zeros. Values are densities: a constant stays
    the same constant and the mean is preserved, so the sum along an axis, a projection, shrinks
    with the side: times the width of a voxel it is the same line integral.
    """
    volume = cube(np.asarray(volume, dtype=float))
    length = len(volume)
    if side == length:
        return volume.copy()
    matrix = _resampling(length, side)
    for _ in range(3):  # each time the last axis is done and comes to the front
        volume = np.tensordot(matrix, volume, axes=(1, 2))
    return np.ascontiguousarray(volume)


def cube(volume: np.ndarray) -> np.ndarray:
    """A volume padded with zeros to the length of its longest axis."""
    return volume if len(set(volume.shape)) == 1 else centred(volume, max(volume.shape))


def centred(volume: np.ndarray, side: int) -> np.ndarray:
    """A volume padded with zeros to (side,) * 3, sample n // 2 of each axis at side // 2."""
    before = [side // 2 - length // 2 for length in volume.shape]
    after = [side - length - left for length, left in zip(volume.shape, before, strict=True)]
    return np.pad(volume, list(zip(before, after, strict=True)))


def _resampling(length: int, side: int) -> np.ndarray:
    """The band-limited resampling of one axis, shape (side, length).

    Real and centred, as the sum of cosines over the frequencies kept; each of the two highest ones
    of an even length stands for half of what they share.
    """
    highest = (min(length, side) - 1) // 2
    k = np.arange(1, highest + 1)
    weight = np.full(len(k), 2.0)
    if side > length and length % 2 == 0:
        k, weight = np.append(k, length // 2), np.append(weight, 1.0)
    new = 2 * np.pi * np.outer((np.arange(side) - side // 2) / side, k)
    old = 2 * np.pi * np.outer((np.arange(length) - length // 2) / length, k)
    even, odd = (np.cos(new) * weight) @ np.cos(old).T, (np.sin(new) * weight) @ np.sin(old).T
    return np.asarray((1 + even + odd) / length)
