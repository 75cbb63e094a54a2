"""Micro-measurements: what windows of one or several L see of well-separated copies."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.spatial import KDTree

from mtdbench.model.shifts import origins, visible_share
from mtdbench.simulate.placement import place
from mtdbench.spaces import Space

LAYOUTS = 1024
COPIES = 1000  # of the field that layouts are cut from
SPARSEST = 1e-3  # density of a field, which would have no end


@dataclass(frozen=True, slots=True, eq=False)
class Layouts:
    """Windows that see at least one copy.

    Attributes
    ----------
    places : int array, shape (S, m, W^d)
        Template pixel that each pixel of a window sees of its first, second, ... m-th copy; L^d
        where it sees none. All S are equally likely.
    ratio : float
        Windows of W^d that see a copy to windows of L^d that do, at the same density.
    """

    places: np.ndarray
    ratio: float


def layouts(space: Space, width: int, density: float, rng: np.random.Generator) -> Layouts:
    """Layouts of windows of W = width L samples along each axis at density gamma.

    Of one L these are all shifts, one copy each. Wider ones are cut at random from a field that
    the suite's own placement fills, to saturation at most.
    """
    window, ndim = space.window, space.ndim_measurement
    if width == 1:
        return Layouts(origins(window, ndim)[:, None].astype(np.int32), 1.0)
    wanted = float(np.clip(density, SPARSEST, 1.0))
    side = max(8 * width * window, int((COPIES * window**ndim / wanted) ** (1 / ndim)))
    corners = place(side, window, ndim, wanted, "well-separated", rng)
    seen = _occupied(corners, side, window, width)
    narrow = visible_share(window, ndim) * len(corners) * window**ndim / side**ndim
    chosen = rng.choice(np.argwhere(seen), LAYOUTS) + window - 1
    return Layouts(_places(corners, chosen, window, width), float(np.mean(seen)) / narrow)


def _occupied(corners: np.ndarray, side: int, window: int, width: int) -> np.ndarray:
    """Whether the window at each offset from L - 1 on sees a copy, by sums over boxes of corners;
    windows at the edges, where copies are rarer, are left out.
    """
    ndim, reach = corners.shape[1], (width + 1) * window - 1
    field = np.zeros((side,) * ndim, np.int32)
    field[tuple(corners.T)] = 1
    inside = side - width * window - 2 * (window - 1)
    for axis in range(ndim):
        sums = np.cumsum(np.concatenate([np.zeros_like(field.take([0], axis)), field], axis), axis)
        ahead, behind = np.arange(reach, reach + inside), np.arange(inside)
        field = sums.take(ahead, axis) - sums.take(behind, axis)
    return field > 0


def _places(corners: np.ndarray, offsets: np.ndarray, window: int, width: int) -> np.ndarray:
    """What the windows at these offsets see of the copies at these corners."""
    ndim, wide = corners.shape[1], width * window
    most = ((wide + window - 2) // (2 * window - 1) + 1) ** ndim
    middle, radius = (wide - window) / 2, (wide + window) / 2 - 0.5
    _, near = KDTree(corners).query(offsets + middle, most, p=np.inf, distance_upper_bound=radius)
    nowhere = np.full((1, ndim), offsets.max() + wide)  # what is missing has the number after all
    relative = np.concatenate([corners, nowhere])[near] - offsets[:, None]
    pixels = np.array(list(product(range(wide), repeat=ndim)))
    origin = pixels - relative[:, :, None]
    inside = np.all((origin >= 0) & (origin < window), axis=3)
    index = origin @ window ** np.arange(ndim - 1, -1, -1)
    return np.where(inside, index, window**ndim).astype(np.int32)
