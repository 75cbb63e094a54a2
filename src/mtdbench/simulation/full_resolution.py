"""Volumes projected at their full size, into micrographs that are then downsampled.

What a microscope gives: copies show all frequencies of the volume, at places between the samples
that the estimator sees. The 3-D paper calls it method 1; its method 2 is `"expanded"`.

Windows of F^2 samples lie in a micrograph of (N F / L)^2, whose Fourier transform is cropped to
N^2, so that they become windows of L^2; means are preserved. Projections are sums along z times
L / F: that way the copies are those of the volume cropped to L^3, which is what an estimator can
at best find, and `x` is its expansion.

Source: Kreymer, Singer, Bendory, *A stochastic approximate expectation-maximization for structure
determination directly from cryo-EM micrographs*, the numerical experiments.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import scipy

from mtdbench.errors import InputError
from mtdbench.model.forward import ForwardModel
from mtdbench.model.patches import every_window
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation.blocks import copies_at_once, signal_blocks
from mtdbench.simulation.recipe import Recipe
from mtdbench.simulation.scene import CleanMeasurement, placed
from mtdbench.simulation.targets.fallback import obtainable
from mtdbench.simulation.targets.resample import fit
from mtdbench.simulation.targets.targets import full_volume
from mtdbench.spaces import Window

TRANSFORMED = 2**22  # samples of a full-size micrograph that are transformed at once
# Frequencies of the projections, in units of the highest that the downsampled window holds. Those
# beyond reach it only through the edges of the windows, where the volume is zero.
BAND = 4

VolumeSource = Callable[[str, int | None], np.ndarray | None]
"""A target's specification and the wanted side to its volume; None if it is no volume."""


def full(
    recipe: Recipe,
    forward: ForwardModel,
    folder: Path | None,
    volume_of: VolumeSource = full_volume,
) -> CleanMeasurement:
    """The noise-free measurement of a recipe with method `"full"`, of a trivial forward model.

    The micrographs are made here, one after the other, into an unnamed file in `folder` (None: in
    the system's folder for temporary files); a full size one is never held as a whole. `volume_of`
    gives the volume of a specification, at a side if one is wanted, as `full_volume`.

    Raises
    ------
    InputError
        If the volume's file cannot be used, or the volume is smaller than the window or zero.
    """
    # Here, since SciPy's spatial package takes a third of a second, and signals have no slices.
    from mtdbench.simulation.fourier_slices import Slices

    space, target = forward.space, obtainable(recipe.target)
    volume = _fitted(volume_of(target, recipe.full_size), target, recipe)
    side, window, size = len(volume), recipe.window, recipe.size
    x = space.expand(fit(volume, window))
    if not np.linalg.norm(x) > 0:
        raise InputError(f"target '{target}' is zero at that size: expected a volume")
    fine = size // window * side
    large = Window.cube(side, space.window.ndim)
    fine_placement = placed(recipe, forward, fine, large)
    placement = coarse(fine_placement, side, window, size)
    slices = Slices(volume * (window / side), BAND * window / 2)
    clean = _scratch(folder, (recipe.micrographs, size, size))
    energy = 0.0
    for m, micrograph in enumerate(clean):
        rows = max(2 * side, TRANSFORMED // fine)
        blocks = signal_blocks(slices.project, large, fine_placement.within(m), fine, rows)
        micrograph[:] = downsampled(blocks, fine, size)
        energy += _energy(micrograph, placement.within(m).corners, space.window)

    def blocks_of(micrograph: int, rows: int) -> Iterator[np.ndarray]:
        return (clean[micrograph, top : top + rows] for top in range(0, size, rows))

    # Noise is added to the downsampled micrographs, by the SNR that their windows have. White noise
    # before would be the same: a crop of its orthonormal transform is white with the same variance,
    # and preserving means then divides its standard deviation by F / L.
    truth = {"x": x, "target": space.render(x), "full": volume.astype(np.float32)}
    return CleanMeasurement(
        target, truth, placement, energy / (len(placement.corners) * space.window.size), blocks_of
    )


def coarse(placement: Placement, side: int, window: int, size: int) -> Placement:
    """Where windows of F^2 samples are found as windows of L^2 after downsampling to N^2.

    The sample nearest to the middle F // 2 of a copy is L // 2 of the window, half-way the lower
    one; no window leaves the micrograph, and copies are well separated there if they were before.
    """
    middle = (placement.corners + side // 2) * window
    corners = -((side - 2 * middle) // (2 * side)) - window // 2
    order = np.lexsort((*corners.T[::-1], placement.micrographs))
    return Placement(corners[order], placement.poses[order], placement.micrographs[order])


def downsampled(
    blocks: Iterable[np.ndarray], length: int, size: int, at_once: int = TRANSFORMED
) -> np.ndarray:
    """An image of `length`^2 samples, given in blocks of rows, with its Fourier transform cropped.

    float32, shape (size, size), sample 0 at sample 0; means are preserved. About `at_once` samples
    are transformed together, a bound on the memory.
    """
    narrow, top = np.empty((length, size), dtype=np.float32), 0
    for block in blocks:
        narrow[top : top + len(block)] = _cropped(block, size)
        top += len(block)
    image, step = np.empty((size, size), dtype=np.float32), max(1, at_once // length)
    for left in range(0, size, step):
        columns = np.ascontiguousarray(narrow[:, left : left + step].T)
        image[:, left : left + step] = _cropped(columns, size).T
    return image


def _cropped(rows: np.ndarray, size: int) -> np.ndarray:
    """Each row with its Fourier transform cropped to `size` samples."""
    length = rows.shape[1]
    transform = scipy.fft.rfft(rows, axis=1)[:, : size // 2 + 1]
    return np.asarray(scipy.fft.irfft(transform, size, axis=1)) * np.float32(size / length)


def _energy(micrograph: np.ndarray, corners: np.ndarray, window: Window) -> float:
    """Sum over the copies of ||window||^2."""
    (windows,), step = every_window(micrograph[None], window), copies_at_once(window)
    parts = (corners[start : start + step] for start in range(0, len(corners), step))
    return sum(float(np.sum(np.square(windows[tuple(p.T)], dtype=float))) for p in parts)


def _fitted(volume: np.ndarray | None, target: str, recipe: Recipe) -> np.ndarray:
    """The target's volume at the recipe's full size, shape (F, F, F)."""
    if volume is None:
        raise InputError(f"target '{target}' has no full size: expected a volume")
    volume = volume if recipe.full_size is None else fit(volume, recipe.full_size)
    if len(volume) < recipe.window:
        raise InputError(
            f"target '{target}' has {len(volume)} voxels along an axis: expected at least the"
            f" window, {recipe.window}"
        )
    return volume


def _scratch(folder: Path | None, shape: tuple[int, ...]) -> np.ndarray:
    """An array in a file without a name, which goes when the array does."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, np.float32, "w+", shape=shape)
