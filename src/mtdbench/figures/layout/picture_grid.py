"""Estimates beside the truth: a grid of pictures, at most `MOST_ACROSS` side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.canvas import DOUBLE
from mtdbench.figures.layout.painters import PICTURE_STYLES, PictureStyle, paint
from mtdbench.figures.layout.style import MUTED, Look

MOST_ACROSS = 4


@dataclass(frozen=True)
class Picture:
    """One estimate to show: the array if there is one, and a line to print below it."""

    array: np.ndarray | None
    caption: str


@dataclass(frozen=True)
class Comparison:
    """One data set: what it is, its target of shape (L,) * ndim, or what stands in its place, an
    estimate for each estimator, and what the target is called.
    """

    title: str
    truth: np.ndarray
    estimates: Mapping[str, Picture]
    called: str = "truth"

    @property
    def style(self) -> PictureStyle:
        """How its arrays are shown."""
        return PICTURE_STYLES[self.truth.ndim]

    @property
    def ratio(self) -> float:
        """Height of a picture as a share of its width; that of grey ones follows the array."""
        height, width = self.truth.shape[0], self.truth.shape[-1]
        return self.style.ratio * (height / width if self.style.is_grey else 1)


@dataclass(frozen=True)
class Grid:
    """Where the pictures are.

    Attributes
    ----------
    figure : Figure
    axes : array of Axes, shape (data sets, 1 + estimators)
        The truth comes first.
    is_turned : bool
        Whether each data set is a column, since there are too many estimators for a row.
    """

    figure: Figure
    axes: np.ndarray
    is_turned: bool


Show = Callable[[Axes, Comparison, np.ndarray, str], None]
"""Shows an array of a data set in a colour."""


def draw_grid(
    sets: Sequence[Comparison], looks: Mapping[str, Look], width: float, show: Show
) -> Grid:
    """The truth of each data set and every estimate of it, named, with the errors below.

    Parameters
    ----------
    sets : sequence of Comparison
    looks : mapping
        How each estimator is drawn.
    width : float
        Inches of a picture, at most.
    show : callable
        Shows one array.
    """
    labels = [label for label in looks if any(label in one.estimates for one in sets)]
    grid = empty_grid(len(sets), len(labels) + 1, width, max(one.ratio for one in sets))
    for line, one in zip(grid.axes, sets, strict=True):
        show(line[0], one, one.truth, "black")
        for axis, label in zip(line[1:], labels, strict=True):
            picture = one.estimates.get(label, Picture(None, "not run"))
            if picture.array is None or picture.array.shape != one.truth.shape:
                leave_empty(axis, one)
            else:
                show(axis, one, picture.array, looks[label].colour)
            axis.set_xlabel(picture.caption, labelpad=2)
    name_pictures(grid, [one.title for one in sets], [sets[0].called, *labels])
    return grid


def empty_grid(sets: int, pictures: int, width: float, ratio: float) -> Grid:
    """Axes for so many data sets and pictures of each.

    A data set is a row or, if there are too many pictures for that, a column; a single data set is
    broken into several rows.
    """
    is_turned = sets > 1 and pictures > MOST_ACROSS
    lines = -(-pictures // MOST_ACROSS) if sets == 1 else sets
    columns = -(-pictures // lines) if sets == 1 else pictures
    if is_turned:
        lines, columns = pictures, sets
    width = min(width, (DOUBLE - 0.75) / columns)
    size = width * columns + 0.75, (width * ratio + 0.32) * lines + 0.4
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for axis in axes.flat[sets * pictures :]:
        axis.remove()
    if is_turned:
        return Grid(figure, axes.T, is_turned)
    return Grid(figure, axes.ravel()[: sets * pictures].reshape(sets, pictures), is_turned)


def name_pictures(grid: Grid, titles: Sequence[str], labels: Sequence[str]) -> None:
    """Name the data sets and the estimators, one beside the rows and the other above the columns.

    Estimators of a single data set are named above each of its rows.
    """
    firsts, pictures = grid.axes[:, 0], grid.axes[0]
    for axis, title in zip(firsts, titles, strict=True):
        axis.set_title(title, pad=4) if grid.is_turned else axis.set_ylabel(title)
    for axis, label in zip(pictures, map(wrapped, labels), strict=True):
        axis.set_ylabel(label) if grid.is_turned else axis.set_title(label, pad=4)


def draw_pictures(sets: Sequence[Comparison], looks: Mapping[str, Look]) -> Figure:
    """A grid: the truth, then every estimate of the same data set, all on the truth's scale."""
    style, limits = sets[0].style, [value_limits(one) for one in sets]
    together = min(low for low, _ in limits), max(high for _, high in limits)

    def show(axis: Axes, one: Comparison, array: np.ndarray, colour: str) -> None:
        # Signals share one scale, whose ticks stand at the left.
        span = value_limits(one) if style.is_grey else together
        paint(axis, array, one.truth, span, colour)

    grid = draw_grid(sets, looks, style.width, show)
    if style.is_grey:
        draw_scales(grid)
    else:
        keep_outer_ticks(grid)
    return grid.figure


def draw_scales(grid: Grid) -> None:
    """A bar with the grey scale of each data set, beside its row or below its column."""
    for line in grid.axes:
        image = line[0].images[0]
        side = "bottom" if grid.is_turned else "right"
        grid.figure.colorbar(image, ax=list(line), location=side, aspect=12, pad=0.01, shrink=0.9)


def keep_outer_ticks(grid: Grid) -> None:
    """Leave the names of ticks at the left and the lower edge only."""
    for axis in grid.axes.flat:
        spot = axis.get_subplotspec()
        axis.tick_params(labelleft=spot.is_first_col(), labelbottom=spot.is_last_row())


def value_limits(one: Comparison) -> tuple[float, float]:
    """The range of values: the truth's for images, for signals wider if an estimate needs it."""
    low, high = float(one.truth.min()), float(one.truth.max())
    extent = (high - low) or 1.0
    if one.style.is_grey:
        return low - 0.05 * extent, high + 0.05 * extent
    arrays = [one.truth] + [p.array for p in one.estimates.values() if p.array is not None]
    lows = min(max(float(array.min()), low - extent) for array in arrays)
    highs = max(min(float(array.max()), high + extent) for array in arrays)
    return lows - 0.08 * extent, highs + 0.08 * extent


def leave_empty(axis: Axes, one: Comparison, words: str = "no estimate") -> None:
    """A panel without a picture, and why it has none."""
    axis.text(0.5, 0.5, words, ha="center", va="center", transform=axis.transAxes,
              color=MUTED, fontsize=7)  # fmt: skip
    axis.set(xticks=[], yticks=[], box_aspect=one.ratio if one.style.is_grey else None)
    axis.grid(visible=False)
    axis.spines[:].set(visible=True, linestyle=(0, (2, 2)), edgecolor="#aaaaaa")


def wrapped(label: str, width: int = 14) -> str:
    """A label broken at its hyphens or spaces into lines of about `width` characters."""
    lines = [""]
    for part in label.replace("-", "-\u200b").replace(" ", " \u200b").split("\u200b"):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)
