"""The empty figure around the curves: panels, the names of their axes, and one complete legend.

A figure is at most `DOUBLE` inches wide, so that its letters can be read on a telephone.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from mtdbench.figures.layout.legend import draw_legend
from mtdbench.figures.layout.panels import Panel

ASIDE = 1.3  # factor to the left and right of a single x
SINGLE, DOUBLE = 3.4, 4.2  # inches, of a figure with one and with two columns of panels
PANEL_HEIGHT, TITLE_HEIGHT = 1.75, 0.15  # inches, of a row of panels and a line of their titles
GAP = 0.06  # inches, between panels, the name of their axis and the legend
TITLE_LETTERS = {1: 52, 2: 28}  # of a line of a title, by columns


def canvas(
    panels: Sequence[Panel], entries: Sequence[Artist], x: str, y: str
) -> tuple[Figure, list[Axes]]:
    """A figure with one titled panel for each of `panels`, the legend below.

    The panels share their axes, which are named `x` and `y` once for all.
    """
    count = len(panels)
    columns = min(count, 2)
    rows = -(-count // columns)
    titles = [titled(panel.title, columns) for panel in panels]
    lines = max(len(title.splitlines()) for title in titles)
    height = (PANEL_HEIGHT + TITLE_HEIGHT * lines) * rows + 0.35
    figure = Figure(
        figsize=(SINGLE if columns == 1 else DOUBLE, height),
        layout=ConstrainedLayoutEngine(h_pad=GAP),
    )
    legend = draw_legend(figure, entries)
    figure.set_figheight(height + legend)
    grid = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for i, axis in enumerate(grid):
        if i >= count:
            axis.remove()
            continue
        axis.set_title(titles[i], pad=4)
        axis.xaxis.set_tick_params(labelbottom=i + columns >= count)
    whole = height + legend
    figure.supxlabel(x, fontsize=8, y=(legend + 0.02) / whole)  # above the legend
    figure.supylabel(y, fontsize=8, y=(legend + 0.3 + whole) / 2 / whole)  # beside the panels
    return figure, grid[:count]


def titled(title: str, columns: int) -> str:
    """The title of a panel in lines that are no wider than it."""
    width = TITLE_LETTERS[columns]
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in title.splitlines())


def line(axis: Axes, values: pd.Series, **style: Any) -> None:
    """A line through values by x; a short level one where there is a single x."""
    if len(values) == 1:
        values = pd.Series(values.iloc[0], [values.index[0] / ASIDE, values.index[0] * ASIDE])
    axis.plot(values.index, values, **style)
