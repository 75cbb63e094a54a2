"""Estimates beside the truth, one row of pictures for a cell.

A space of another dimension is added by one function that paints an array, in `PAINTERS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.style import MUTED, Look


@dataclass(frozen=True)
class Picture:
    """One estimate to show: the array where there is one, and a line to print below it."""

    array: np.ndarray | None
    caption: str


@dataclass(frozen=True)
class PictureRow:
    """One data set: what it is, its target of shape (L,) * ndim, an estimate for each estimator."""

    title: str
    truth: np.ndarray
    estimates: Mapping[str, Picture]


def draw_pictures(rows: Sequence[PictureRow], looks: Mapping[str, Look]) -> Figure:
    """A grid: the truth, then every estimate of the same data set, all on the truth's scale."""
    labels = [label for label in looks if any(label in row.estimates for row in rows)]
    ndim = rows[0].truth.ndim
    width, height = SHAPES[ndim]
    figure = Figure(
        figsize=(width * (len(labels) + 1) + 0.75, (height + 0.3) * len(rows) + 0.25),
        layout="constrained",
    )
    axes = figure.subplots(len(rows), len(labels) + 1, squeeze=False, sharex=ndim == 1)
    for line, row in zip(axes, rows, strict=True):
        limits = scale(row)
        paint(line[0], row.truth, row.truth, limits, "black")
        line[0].set_ylabel(row.title)
        for axis, label in zip(line[1:], labels, strict=True):
            picture = row.estimates.get(label, Picture(None, "not run"))
            if picture.array is None or picture.array.shape != row.truth.shape:
                leave_empty(axis, ndim)
            else:
                paint(axis, picture.array, row.truth, limits, looks[label].colour)
            axis.set_xlabel(picture.caption, labelpad=2)
        finish_row(figure, line, limits, ndim)
    for axis, label in zip(axes[0], ["truth", *labels], strict=True):
        axis.set_title(wrapped(label), pad=4)
    return figure


def paint(
    axis: Axes, array: np.ndarray, truth: np.ndarray, limits: tuple[float, float], colour: str
) -> None:
    """Paint one array by the painter of its dimension."""
    PAINTERS[array.ndim](axis, array, truth, limits, colour)


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


TILE_GAP = 0.04  # between tiles, as a share of one
Painter = Callable[[Axes, np.ndarray, np.ndarray, tuple[float, float], str], None]
PAINTERS: dict[int, Painter] = {1: paint_signal, 2: paint_image, 3: paint_volume}
SHAPES = {1: (1.25, 0.85), 2: (1.0, 1.0), 3: (1.5, 1.42)}  # inches, of one picture


def scale(row: PictureRow) -> tuple[float, float]:
    """The range of a row: the truth's for images, for signals wider where an estimate needs it."""
    low, high = float(row.truth.min()), float(row.truth.max())
    extent = (high - low) or 1.0
    arrays = [row.truth] + [p.array for p in row.estimates.values() if p.array is not None]
    if row.truth.ndim > 1:
        return low - 0.05 * extent, high + 0.05 * extent
    lows = min(max(float(array.min()), low - extent) for array in arrays)
    highs = max(min(float(array.max()), high + extent) for array in arrays)
    return lows - 0.08 * extent, highs + 0.08 * extent


def leave_empty(axis: Axes, ndim: int, words: str = "no estimate") -> None:
    """A panel without a picture, and why it has none."""
    axis.text(0.5, 0.5, words, ha="center", va="center", transform=axis.transAxes,
              color=MUTED, fontsize=7)  # fmt: skip
    axis.set(yticks=[]) if ndim == 1 else axis.set(xticks=[], yticks=[], box_aspect=1)
    axis.grid(visible=False)
    axis.spines[:].set(visible=True, linestyle=(0, (2, 2)), edgecolor="#aaaaaa")


def finish_row(
    figure: Figure, line: Sequence[Axes], limits: tuple[float, float], ndim: int
) -> None:
    """The scale of a row: a colour bar for images, the first panel's ticks for signals."""
    if ndim == 1:
        for axis in line[1:]:
            axis.tick_params(labelleft=False)
        return
    image = line[0].images[0]
    figure.colorbar(image, ax=list(line), aspect=12, pad=0.01, shrink=0.9)


def wrapped(label: str, width: int = 16) -> str:
    """A label broken at its hyphens or spaces into lines of about `width` characters."""
    lines = [""]
    for part in label.replace("-", "-\u200b").replace(" ", " \u200b").split("\u200b"):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)
