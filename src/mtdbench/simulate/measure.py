"""The measurement, written block by block: y = sum_t shift(P_{g_t} x, l_t) + sigma * noise."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.files import replacing
from mtdbench.measurement import Placement
from mtdbench.spaces import Space

# Samples to a block of noise, each block with a stream of its own. Part of the definition of the
# noise: another value would give every dataset other noise.
NOISE_BLOCK = 2**20
# Samples of copies that are projected at once, a bound on the memory.
PROJECTED = 2**21


def noise_rows(size: int, ndim: int) -> int:
    """Rows (indices of the first axis) of a measurement of N^d samples to a block of noise."""
    return max(1, int(NOISE_BLOCK // size ** (ndim - 1)))


def signal_power(space: Space, x: np.ndarray, poses: np.ndarray) -> float:
    """Mean of ||P_g x||^2 / L^d over the poses of the copies that are placed."""
    chunk = _chunk(space)
    total = sum(
        float(np.sum(np.square(space.project(x, poses[start : start + chunk]))))
        for start in range(0, len(poses), chunk)
    )
    return float(total / (len(poses) * space.window**space.ndim_measurement))


def signal_blocks(
    space: Space, x: np.ndarray, placement: Placement, size: int, rows: int
) -> Iterator[np.ndarray]:
    """The noise-free measurement, float32, in blocks of that many rows, one after the other.

    `placement.corners` must be in raster order and the copies must not overlap, as
    `mtdbench.simulate.place` gives them.
    """
    window, ndim = space.window, space.ndim_measurement
    corners, poses = placement.corners, placement.poses
    overhang = np.zeros((window - 1,) + (size,) * (ndim - 1), dtype=np.float32)
    for top in range(0, size, rows):
        height = min(rows, size - top)
        block = np.zeros((height + window - 1, *overhang.shape[1:]), dtype=np.float32)
        block[: window - 1] = overhang
        windows = sliding_window_view(block, (window,) * ndim, writeable=True)
        first, last = np.searchsorted(corners[:, 0], (top, top + height))
        for start in range(first, last, _chunk(space)):
            part = slice(start, min(start + _chunk(space), last))
            where = (corners[part, 0] - top, *corners[part, 1:].T)
            images = space.project(x, poses[part])
            windows[where] = images.reshape(-1, *windows.shape[ndim:])
        yield block[:height]
        overhang = block[height:].copy()


def write_measurement(
    path: Path,
    space: Space,
    x: np.ndarray,
    placement: Placement,
    size: int,
    sigma: float,
    noise: Callable[[int], np.random.Generator],
) -> None:
    """Write the noisy measurement as a float32 `.npy`, shape (N,)*d, holding one block in memory.

    `noise(i)` is the stream of the i-th block of noise.
    """
    rows = noise_rows(size, space.ndim_measurement)
    header = {"descr": "<f4", "fortran_order": False, "shape": (size,) * space.ndim_measurement}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        npy.write_array_header_1_0(stream, header)
        for i, block in enumerate(signal_blocks(space, x, placement, size, rows)):
            samples = noise(i).standard_normal(block.shape, dtype=np.float32)
            samples *= np.float32(sigma)
            samples += block
            stream.write(samples.astype("<f4", copy=False).data)


def _chunk(space: Space) -> int:
    return max(1, int(PROJECTED // space.window**space.ndim_measurement))
