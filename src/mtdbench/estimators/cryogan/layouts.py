"""Micro-measurements: what windows of one or several L see of well-separated copies."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from mtdbench.model.shifts import origins, sample_index
from mtdbench.model.spacing import Spacing
from mtdbench.simulation.placement import place
from mtdbench.spaces import Window
from mtdbench.spaces.window import cube_side

LAYOUT_COUNT = 1024
FIELD_COPIES = 1000  # of the field that layouts are cut from
LEAST_FIELD_DENSITY = 1e-3  # density of a field, which would have no end


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


def layouts(window: Window, width: int, density: float, rng: np.random.Generator) -> Layouts:
    """Layouts of windows of W = width L samples along each axis at density gamma.

    Of windows of one L these are all shifts, one copy each. Wider ones are cut at random from a
    field that is filled by `mtdbench.simulation.placement`, to saturation at most.
    """
    if width == 1:
        return Layouts(origins(window)[:, None].astype(np.int32), 1.0)
    wanted = float(np.clip(density, LEAST_FIELD_DENSITY, 1.0))
    room = cube_side(FIELD_COPIES * window.size / wanted, window.ndim)
    side = max(8 * width * window.longest, room)
    corners = place(side, window, wanted, Spacing.WELL_SEPARATED, rng)
    seen = _occupied(corners, side, window, width)
    narrow = window.visible_share * len(corners) * window.size / side**window.ndim
    chosen = rng.choice(np.argwhere(seen), LAYOUT_COUNT) + np.array(window.shape) - 1
    return Layouts(_places(corners, chosen, window, width), float(np.mean(seen)) / narrow)


def _occupied(corners: np.ndarray, side: int, window: Window, width: int) -> np.ndarray:
    """Whether the window at each offset from L - 1 on sees a copy, by sums over boxes of corners;
    windows at the edges, where copies are rarer, are left out.
    """
    field = np.zeros((side,) * window.ndim, np.int32)
    field[tuple(corners.T)] = 1
    for axis, length in enumerate(window.shape):
        reach, inside = (width + 1) * length - 1, side - width * length - 2 * (length - 1)
        sums = np.cumsum(np.concatenate([np.zeros_like(field.take([0], axis)), field], axis), axis)
        ahead, behind = np.arange(reach, reach + inside), np.arange(inside)
        field = sums.take(ahead, axis) - sums.take(behind, axis)
    return field > 0


def _places(corners: np.ndarray, offsets: np.ndarray, window: Window, width: int) -> np.ndarray:
    """What the windows at these offsets see of the copies at these corners."""
    narrow, wide = np.array(window.shape), np.array(window.times(width).shape)
    most = int(np.prod((wide + narrow - 2) // (2 * narrow - 1) + 1))
    middle, radius = (wide - narrow) / 2, (wide + narrow) / 2 - 0.5
    scale = radius[0] / radius  # of the axes: the tree knows one radius
    tree = KDTree(corners * scale)
    _, near = tree.query((offsets + middle) * scale, most, p=np.inf, distance_upper_bound=radius[0])
    nowhere = np.full((1, window.ndim), offsets.max() + wide.max())  # the number of what is missing
    relative = np.concatenate([corners, nowhere])[near] - offsets[:, None]
    origin = window.times(width).grid - relative[:, :, None]
    return sample_index(origin, window).astype(np.int32)
