"""The measurement, written block by block: y = sum_t shift(P_{g_t} x, l_t) + sigma * noise."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.files import replacing
from mtdbench.model.measurement import Placement
from mtdbench.simulation.noise import correlated
from mtdbench.spaces.window import Window

# Samples to a block of noise, each block with a stream of its own. Part of the definition of the
# noise: another value would give every dataset other noise.
NOISE_BLOCK = 2**20
# Samples of copies that are projected at once, a bound on the memory.
PROJECTED = 2**21

Projection = Callable[[np.ndarray], np.ndarray]
"""Poses, shape (K, p), to what the copies look like in their windows, shape (K, L^d)."""


def noise_rows(size: int, ndim: int, block: int = NOISE_BLOCK) -> int:
    """Rows (indices of the first axis) of a measurement of N^d samples to a block of noise."""
    return max(1, int(block // size ** (ndim - 1)))


def signal_energy(
    project: Projection, support: Window, poses: np.ndarray, at_once: int = PROJECTED
) -> float:
    """Sum of the squared norms of what copies in these poses look like in their support."""
    chunk = copies_at_once(support, at_once)
    return sum(
        float(np.sum(np.square(project(poses[start : start + chunk]))))
        for start in range(0, len(poses), chunk)
    )


def signal_blocks(
    project: Projection,
    support: Window,
    placement: Placement,
    size: int,
    rows: int,
    *,
    margin: int = 0,
    background: float = 0.0,
    at_once: int = PROJECTED,
) -> Iterator[np.ndarray]:
    """One noise-free micrograph, float32, in blocks of that many rows, one after the other.

    Parameters
    ----------
    project : function
        Poses to what copies look like in their support, (K, p) to (K, support.size).
    support : Window
        The copies' windows, grown by the margin.
    placement : Placement
        That of the one micrograph: corners of windows in raster order, which do not overlap, as
        `mtdbench.simulation.place` gives them; what lies in the margin adds up.
    size, rows : int
        N, and the rows of a block.
    margin : int
        Samples by which the support is wider than the windows, on each side.
    background : float
        Is added to every sample.
    at_once : int
        How many samples of copies are projected together.
    """
    corners, poses = placement.corners, placement.poses  # corners of the support, where the
    wide, above = size + 2 * margin, support.shape[0] - 1  # micrograph has the margin around it
    overhang = np.zeros((above,) + (wide,) * (support.ndim - 1), dtype=np.float32)
    inside = (slice(margin, margin + size),) * (support.ndim - 1)
    chunk = copies_at_once(support, at_once)
    top, bottoms = 0, [*range(margin + rows, margin + size, rows), margin + size]
    for bottom in bottoms:
        block = np.zeros((bottom - top + above, *overhang.shape[1:]), dtype=np.float32)
        block[:above] = overhang
        windows = sliding_window_view(block, support.shape, writeable=True)
        first, last = np.searchsorted(corners[:, 0], (top, bottom))
        for start in range(first, last, chunk):
            part = slice(start, min(start + chunk, last))
            places = (corners[part, 0] - top, *corners[part, 1:].T)
            _put(windows, places, support.reshape(project(poses[part])), overlapping=margin > 0)
        shown = block[(slice(margin if top == 0 else 0, bottom - top), *inside)]
        yield shown + np.float32(background) if background else shown
        overhang, top = block[bottom - top :].copy(), bottom


def _put(
    windows: np.ndarray, places: tuple[np.ndarray, ...], images: np.ndarray, overlapping: bool
) -> None:
    """The images in their windows; where windows may overlap they add up."""
    if overlapping:
        np.add.at(windows, places, images)
    else:
        windows[places] = images


def noisy_blocks(
    micrographs: Iterable[Iterable[np.ndarray]],
    sigma: float,
    noise: Callable[[int, int], np.random.Generator],
    colour: float = 0.0,
) -> Iterator[np.ndarray]:
    """The noisy measurement, float32, one block after the other.

    Parameters
    ----------
    micrographs : iterable of iterables of arrays
        The noise-free micrographs, each in blocks of `noise_rows` rows.
    sigma : float
        Standard deviation of the noise.
    noise : function
        `noise(m, i)` is the random stream of the i-th block of noise of micrograph m.
    colour : float
        a of `mtdbench.simulation.noise.correlated`; 0 for white noise.
    """
    for m, blocks in enumerate(micrographs):
        before = None
        for i, block in enumerate(blocks):
            samples = noise(m, i).standard_normal(block.shape, dtype=np.float32)
            if colour:
                samples = correlated(samples, colour, before)
                before = samples[-1].copy()
            samples *= np.float32(sigma)
            samples += block
            yield samples


def write_measurement(path: Path, shape: tuple[int, ...], blocks: Iterable[np.ndarray]) -> None:
    """Write the blocks of a measurement as one float32 `.npy`, holding one of them in memory.

    Parameters
    ----------
    path : Path
    shape : tuple of ints
        (N,) * d or (M,) + (N,) * d.
    blocks : iterable of arrays
        As `noisy_blocks` gives them.
    """
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        npy.write_array_header_1_0(stream, header)
        for block in blocks:
            stream.write(block.astype("<f4", copy=False).data)


def gather_measurement(shape: tuple[int, ...], blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The same as one array in memory, float32, of that shape."""
    samples = np.empty(int(np.prod(shape)), dtype=np.float32)
    start = 0
    for block in blocks:
        samples[start : start + block.size] = block.ravel()
        start += block.size
    return samples.reshape(shape)


def copies_at_once(window: Window, samples: int = PROJECTED) -> int:
    """How many copies are projected together, so that they hold at most so many samples."""
    return max(1, int(samples // window.size))
