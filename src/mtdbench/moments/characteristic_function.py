"""The characteristic function of windows, measured and of the model.

Of a window w at an offset that is uniform in the measurement, at a frequency omega in R^(L^d),

    phi(omega) = E exp(i omega . w)
               = exp(-sigma^2 |omega|^2 / 2) (1 + gamma c (psi(omega; x) - 1)),
    psi(omega; x) = mean over shifts s and poses g of exp(i omega . C_s P_g x),
    c = ((2L - 1) / L)^d,

where C_s is what a window sees of a copy under shift s. It is exact for well-separated copies: all
(2L - 1)^d shifts are equally likely, gamma c is the share of windows that see a part of one, and
the noise is a factor. As omega . C_s t = (C_s^T omega) . t, it is the frequencies that are shifted,
once and for all. Real parts come before imaginary ones throughout.

Source: Feuerverger, Mureika, *The empirical characteristic function and its applications*, Ann.
Statist. 5 (1977); for windows of a measurement it is ours.
"""

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.patches import every_window
from mtdbench.moments.autocorrelations import Moments
from mtdbench.moments.product_counts import filled
from mtdbench.moments.tile_sums import Tiling
from mtdbench.ranks.communicator import ONE_RANK, Ranks, share_of
from mtdbench.spaces.window import Box, Window

# Several times as many tiles as there are entries: their covariance is inverted.
FINE_TILING = Tiling(tiles=3000, windows=2)
DOUBLE_PRECISION_PHASES = 2**21  # phases of a model up to which they are in double precision
PHASES_AT_ONCE = 2**21  # at a time


def measured_characteristic(
    stack: np.ndarray,
    window: Window,
    frequencies: np.ndarray,
    most: int,
    tiling: Tiling = FINE_TILING,
    ranks: Ranks = ONE_RANK,
    background: float = 0.0,
    measured: np.ndarray | None = None,
) -> Moments:
    """The empirical characteristic function, and how it scatters from tile to tile.

    Of a measurement with a mask it is the mean over the windows that were measured whole, whose
    expectation is the same for places of copies that do not depend on the mask; a tile of which
    windows are missing is filled with the mean, see `mtdbench.moments.product_counts`.

    Parameters
    ----------
    stack : array, shape (M,) + (N,) * d
        Micrographs.
    window : Window
    frequencies : array, shape (m, L^d)
    most : int
        Windows: if a measurement has more, every n-th along each axis is taken.
    tiling : Tiling
    ranks : Ranks
        Have different tiles.
    background : float
        Is subtracted from every sample.
    measured : bool array, shape of the stack, or None
        Which samples were measured; None for all.

    Returns
    -------
    Moments
        Of 2m entries, cos then sin.

    Raises
    ------
    InputError
        If a mask leaves no window whole.
    """
    offsets = np.array(stack.shape[1:]) - window.shape + 1
    tiles = np.maximum(offsets // tiling.sides(window, stack.size), 1)
    side = offsets // tiles
    stride = 1
    while len(stack) * np.prod(tiles * -(-side // stride)) > most:
        stride += 1
    omega = np.ascontiguousarray(frequencies.T, np.float32)
    corners = list(np.ndindex(*tiles))
    count = len(stack) * len(corners)
    together = -(-count // tiling.most)
    rows = share_of(ranks, -(-count // together))

    def share() -> np.ndarray:
        # The last two count the windows that were measured, and all of them.
        sums = np.zeros((len(rows), 2 * len(frequencies) + 2))
        for number in range(rows.start * together, min(rows.stop * together, count)):
            micrograph, corner = number // len(corners), corners[number % len(corners)]
            box = tuple(
                slice(t * n, (t + 1) * n, stride) for t, n in zip(corner, side, strict=True)
            )
            flat = every = _flat(stack[micrograph], window, box)
            if measured is not None:
                flat = every[_flat(measured[micrograph], window, box).all(axis=1)]
            if background:
                flat = flat - background
            row = sums[number // together - rows.start]
            row[:-2] += _waves(flat.astype(np.float32, copy=False) @ omega)
            row[-2:] += len(flat), len(every)
        return sums

    sums, taken, whole = np.split(ranks.stacked(share), [-2, -1], axis=1)
    if measured is not None:
        if not taken.any():
            raise InputError("a mask that leaves no window whole: expected some that are")
        sums = filled(sums, taken, whole)
    return Moments(sums.sum(axis=0) / whole.sum(), sums / whole)


def _flat(micrograph: np.ndarray, window: Window, box: Box) -> np.ndarray:
    """The windows at the offsets in a box, shape (windows, L^d)."""
    (windows,) = every_window(micrograph[None], window)
    return windows[box].reshape(-1, window.size)


def _waves(phases: np.ndarray) -> np.ndarray:
    """Sums of cos and sin of the phases, shape (windows, m), over the windows; float64 (2m,)."""
    out = np.empty_like(phases)
    sums = [wave(phases, out=out).sum(axis=0, dtype=np.float64) for wave in (np.cos, np.sin)]
    return np.concatenate(sums)


def model_characteristic(waves: np.ndarray, templates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """psi and its derivative with respect to each template.

    Parameters
    ----------
    waves : array, shape (m, S, L^d)
        What `mtdbench.model.shifts.shifted` gives; its precision is that of the phases.
    templates : array, shape (K, L^d)
        P_g x for equally weighted poses.

    Returns
    -------
    psi : array, shape (2m,)
    slope : array, shape (2m, K, L^d)
    """
    count, shifts, pixels = waves.shape
    poses = len(templates)
    templates = templates.astype(waves.dtype)
    psi = np.empty((2, count))
    slope = np.empty((2, count, poses, pixels), waves.dtype)
    step = max(1, PHASES_AT_ONCE // (shifts * poses))
    for start in range(0, count, step):
        here = slice(start, start + step)
        phases = templates @ waves[here].swapaxes(1, 2)  # (m', K, S)
        cos, sin = np.cos(phases), np.sin(phases)
        psi[:, here] = cos.mean(axis=(1, 2)), sin.mean(axis=(1, 2))
        np.matmul(-sin, waves[here], out=slope[0, here])
        np.matmul(cos, waves[here], out=slope[1, here])
    return psi.reshape(-1), slope.reshape(-1, poses, pixels) / (shifts * poses)
