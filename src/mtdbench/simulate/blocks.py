"""The measurement, written block by block: y = sum_t shift(P_{g_t} x, l_t) + sigma * noise."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.files import replacing
from mtdbench.model.measurement import Placement

# Samples to a block of noise, each block with a stream of its own. Part of the definition of the
# noise: another value would give every dataset other noise.
NOISE_BLOCK = 2**20
# Samples of copies that are projected at once, a bound on the memory.
PROJECTED = 2**21

Projector = Callable[[np.ndarray], np.ndarray]
"""Poses, shape (K, p), to what the copies look like in their windows, shape (K, L^d)."""


def noise_rows(size: int, ndim: int) -> int:
    """Rows (indices of the first axis) of a measurement of N^d samples to a block of noise."""
    return max(1, int(NOISE_BLOCK // size ** (ndim - 1)))


def signal_power(project: Projector, window: int, ndim: int, poses: np.ndarray) -> float:
    """Mean of ||P_g x||^2 / L^d over the poses of the copies that are placed."""
    chunk = _chunk(window**ndim)
    total = sum(
        float(np.sum(np.square(project(poses[start : start + chunk]))))
        for start in range(0, len(poses), chunk)
    )
    return float(total / (len(poses) * window**ndim))


def signal_blocks(
    project: Projector, window: int, placement: Placement, size: int, rows: int
) -> Iterator[np.ndarray]:
    """One noise-free micrograph, float32, in blocks of that many rows, one after the other.

    `placement` is that of the one micrograph. Its corners must be in raster order and the copies
    must not overlap, as `mtdbench.simulate.place` gives them.
    """
    corners, poses = placement.corners, placement.poses
    ndim = corners.shape[1]
    chunk = _chunk(window**ndim)
    overhang = np.zeros((window - 1,) + (size,) * (ndim - 1), dtype=np.float32)
    for top in range(0, size, rows):
        height = min(rows, size - top)
        block = np.zeros((height + window - 1, *overhang.shape[1:]), dtype=np.float32)
        block[: window - 1] = overhang
        windows = sliding_window_view(block, (window,) * ndim, writeable=True)
        first, last = np.searchsorted(corners[:, 0], (top, top + height))
        for start in range(first, last, chunk):
            part = slice(start, min(start + chunk, last))
            where = (corners[part, 0] - top, *corners[part, 1:].T)
            windows[where] = project(poses[part]).reshape(-1, *windows.shape[ndim:])
        yield block[:height]
        overhang = block[height:].copy()


def write_measurement(
    path: Path,
    shape: tuple[int, ...],
    micrographs: Iterable[Iterable[np.ndarray]],
    sigma: float,
    noise: Callable[[int, int], np.random.Generator],
) -> None:
    """Write the noisy measurement as a float32 `.npy`, holding one block in memory.

    Parameters
    ----------
    path : Path
    shape : tuple of ints
        (N,) * d or (M,) + (N,) * d.
    micrographs : iterable of iterables of arrays
        The noise-free micrographs, each in blocks of `noise_rows` rows.
    sigma : float
    noise : function
        `noise(m, i)` is the stream of the i-th block of noise of micrograph m.
    """
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        npy.write_array_header_1_0(stream, header)
        for m, blocks in enumerate(micrographs):
            for i, block in enumerate(blocks):
                samples = noise(m, i).standard_normal(block.shape, dtype=np.float32)
                samples *= np.float32(sigma)
                samples += block
                stream.write(samples.astype("<f4", copy=False).data)


def _chunk(pixels: int) -> int:
    return max(1, int(PROJECTED // pixels))
