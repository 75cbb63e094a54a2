"""The empty figure around the curves: panels, axes and ticks, and one complete legend."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from mtdbench.figures.layout.bands import positive
from mtdbench.figures.layout.panels import Panel
from mtdbench.figures.layout.style import COLUMN, GAP, MUTED, Look

ASIDE = 1.3  # factor to the left and right of a single x
HEIGHT = 2.0  # inches, of one row of panels
BEYOND = 2.5  # how far, as a factor, a band may stretch the axis beyond the curves


def canvas(
    panels: Sequence[Panel], entries: Sequence[Artist], x: str, y: str
) -> tuple[Figure, list[Axes]]:
    """A figure with one titled panel for each of `panels`, the legend above.

    The panels share their axes, which are named `x` and `y` once for all.
    """
    count = len(panels)
    columns = {1: 1, 2: 2, 4: 2}.get(count, 3)
    rows = -(-count // columns)
    width = 3.4 if columns == 1 else COLUMN * columns + GAP
    across = entries_across(entries, width)
    legend_height = 0.17 * -(-len(entries) // across)
    height = HEIGHT * rows + 0.35 + legend_height
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for i, axis in enumerate(grid):
        if i >= count:
            axis.remove()
            continue
        axis.set_title(panels[i].title, pad=4)
        axis.xaxis.set_tick_params(labelbottom=i + columns >= count)
    figure.supxlabel(x, fontsize=8)
    figure.supylabel(y, fontsize=8)
    figure.legend(
        handles=list(entries), loc="outside upper center", ncols=across,
        handlelength=2.6, columnspacing=1.2, borderaxespad=0.2, labelspacing=0.35,
    )  # fmt: skip
    return figure, grid[:count]


def entries_across(entries: Sequence[Artist], width: float) -> int:
    """How many entries of the legend fit side by side in `width` inches."""
    longest = max(len(str(entry.get_label())) for entry in entries)
    return min(len(entries), max(1, int((width - 0.1) / (0.062 * longest + 0.5))))


def log_x(axis: Axes, values: np.ndarray, names: Sequence[str]) -> None:
    """A logarithmic x axis with ticks at the grid's own `values`, named by `names`."""
    axis.set_xscale("log")
    if not len(values):
        return
    kept = readable(values, names)
    labels = {float(values[i]): names[i] for i in kept}
    axis.xaxis.set_major_locator(FixedLocator(list(labels)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: labels.get(float(x), "")))
    axis.xaxis.set_minor_locator(NullLocator())
    margin = (values.max() / values.min()) ** 0.06 if values.max() > values.min() else 1.5
    axis.set_xlim(values.min() / margin, values.max() * margin)


def log_time(axis: Axes) -> None:
    """A logarithmic x axis of seconds."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 30 * low else (1,)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def log_y(axes: Sequence[Axes], crosses: int = 0) -> None:
    """A logarithmic y axis for all panels, with room for `crosses` lines of crosses at the top.

    The curves decide its range: a band that is wider by more than a factor is cut.
    """
    drawn = [np.asarray(line.get_ydata(), dtype=float) for axis in axes for line in axis.lines]
    curves = positive(np.concatenate([*drawn, []]))
    if not curves.size:
        axes[0].set(yscale="log", ylim=(0.01, 1))
        return
    bands = positive(np.concatenate([axis.dataLim.intervaly for axis in axes]))
    low = max(bands.min(), curves.min() / BEYOND)
    high = min(bands.max(), curves.max() * BEYOND)
    span = max(high / low, 2.0)
    axes[0].set(yscale="log", ylim=(low / span**0.05, high * span ** (0.05 + 0.08 * crosses)))
    decades = np.log10(span)
    steps = (1,) if decades > 2.5 else (1, 3) if decades > 1.1 else (1, 2, 5)
    axes[0].yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.3g}"))
    axes[0].yaxis.set_minor_formatter(NullFormatter())


def readable(values: np.ndarray, names: Sequence[str]) -> list[int]:
    """The indices of the ticks that can be named without touching each other."""
    span = float(np.log(values.max() / values.min())) or 1.0
    kept: list[int] = []
    for i, value in enumerate(values):
        letters = len(re.sub(r"[$^{}]|\\[a-z]+", "", names[i]))
        if not kept or np.log(value / values[kept[-1]]) / span > 0.032 * (letters + 1.5):
            kept.append(i)
    return kept


def entry(look: Look, label: str) -> Line2D:
    """The legend's entry of an estimator."""
    line = Line2D(
        [],
        [],
        color=look.colour,
        marker=look.marker or None,
        label=label,
        markeredgecolor="white",
        markeredgewidth=0.6,
        linewidth=1.1 if look.is_reference else 1.4,
    )
    line.set_dashes(look.dashes)
    return line


def line(axis: Axes, values: pd.Series, **style: Any) -> None:
    """A line through values by x; a short level one where there is a single x."""
    if len(values) == 1:
        values = pd.Series(values.iloc[0], [values.index[0] / ASIDE, values.index[0] * ASIDE])
    axis.plot(values.index, values, **style)


def band_entry(trials: str, what: str = "95 % band") -> Artist:
    """The legend's entry of the confidence bands; a single trial has none, and is only named."""
    if trials == "1 trial":
        return Line2D([], [], linestyle="", label=trials)
    return Patch(facecolor="#999999", alpha=0.35, linewidth=0, label=f"{what}, {trials}")


def cross_entry() -> Line2D:
    """The legend's entry of the crosses that mark failures."""
    return Line2D([], [], color=MUTED, marker="x", linestyle="", label="a run failed here")
