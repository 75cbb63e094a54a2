"""One picture of a signal, an image or a volume.

A space of another dimension is added by one function that paints an array, in `PICTURE_STYLES`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

TILE_GAP = 0.04  # between tiles, as a share of one
Painter = Callable[[Axes, np.ndarray, np.ndarray, tuple[float, float], str], None]
"""Paints an array, beside or over the truth, with limits of the values and a colour."""


@dataclass(frozen=True)
class PictureStyle:
    """How arrays with one number of axes are shown.

    Attributes
    ----------
    paint : Painter
        Paints one.
    width, ratio : float
        Inches of a picture, at most, and its height as a share of the width.
    note, axis_label : str
        What a caption says of the pictures; what stands below a single one.
    is_grey : bool
        Whether values are shades of grey, on the truth's scale, with a bar beside them.
    has_surface : bool
        Whether there is a surface to show, and shells in Fourier space.
    """

    paint: Painter
    width: float
    ratio: float
    note: str
    axis_label: str = ""
    is_grey: bool = True
    has_surface: bool = False


def paint(
    axis: Axes, array: np.ndarray, truth: np.ndarray, limits: tuple[float, float], colour: str
) -> None:
    """Paint one array by the painter of its dimension."""
    PICTURE_STYLES[array.ndim].paint(axis, array, truth, limits, colour)


def paint_signal(
    axis: Axes, array: np.ndarray, truth: np.ndarray, limits: tuple[float, float], colour: str
) -> None:
    """A signal as a line over the truth."""
    samples = np.arange(len(array))
    axis.plot(samples, truth, color="#9a9a9a", linewidth=2.6, solid_capstyle="round")
    axis.plot(samples, array, color=colour, linewidth=1.1, marker="o", markersize=2.2)
    axis.set_ylim(*limits)
    axis.set_xticks([0, len(array) - 1])


def paint_image(
    axis: Axes, array: np.ndarray, truth: np.ndarray, limits: tuple[float, float], colour: str
) -> None:
    """An image in grey, on the scale of the truth."""
    axis.imshow(array, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)


def paint_volume(
    axis: Axes, array: np.ndarray, truth: np.ndarray, limits: tuple[float, float], colour: str
) -> None:
    """A volume, indexed [z, y, x], as four tiles: its central slices and its projection along z.

    Slices across z and y above, across x and the projection below. The projection is on the scale
    of the truth's projection, brought to that of the slices.
    """
    side, centre = len(array), len(array) // 2
    above = truth.sum(axis=0)
    low, extent = float(truth.min()), float(np.ptp(truth))
    projection = low + extent * (array.sum(axis=0) - above.min()) / (np.ptp(above) or 1.0)
    tiles = [array[centre], array[:, centre], array[:, :, centre], projection]
    step = side * (1 + TILE_GAP)
    for i, tile in enumerate(tiles):
        left, top = step * (i % 2), step * (i // 2)
        paint_image(axis, tile, truth, limits, colour)
        axis.images[-1].set_extent((left, left + side, top + side, top))
    axis.set(xlim=(0, step + side), ylim=(step + side, 0))


PICTURE_STYLES = {
    1: PictureStyle(paint_signal, 1.25, 0.68, "Grey: the truth.", "sample", is_grey=False),
    2: PictureStyle(paint_image, 1.0, 1.0, "Each data set has one grey scale, the truth's."),
    3: PictureStyle(
        paint_volume, 1.3, 1.0,
        "Of each volume the central slices across z (top left), y (top right) and x (bottom left),"
        " on the truth's grey scale, and its projection along z (bottom right), on that of the"
        " truth's projection.",
        "slices across z, y (above) and x; projection along z", has_surface=True,
    ),
}  # fmt: skip
"""How an array is shown, by the number of its axes."""
