"""What copies look like in a measurement, row by row for each SNR.

It follows figure 1 of Kreymer, Singer, Bendory, *A stochastic approximate
expectation-maximization for structure determination directly from cryo-EM micrographs*.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mtdbench.figures.kinds.pictures import paint
from mtdbench.figures.layout.panels import Panel, panels
from mtdbench.figures.layout.plot import Plot, left_out, slug
from mtdbench.results.reader import Results

COPIES = 9
SIDE = 0.72  # inches, of one window

Row = tuple[str, np.ndarray]
"""What a data set is, and the windows of its copies, shape (copies,) + (L,) * d."""


def projection_plots(sweep: str, rows: pd.DataFrame, results: Results) -> Iterator[Plot]:
    """The first copies in the first data set of each cell, where measurements were kept."""
    every = list(panels(rows, None))[::-1]  # the highest SNR comes first
    found = [(panel.title, _copies(panel, results)) for panel in every]
    drawn = [(title, windows) for title, windows in found if windows is not None]
    if not drawn:
        return
    caption = (
        f"Windows of L samples along each axis at the first {max(len(w) for _, w in drawn)} copies"
        " of a measurement, noise included, at their true places; the first data set of each cell."
        " Each row has one scale, from its smallest sample to its largest; data sets that differ"
        f" in SNR alone share copies, poses and, but for its scale, noise."
        f"{left_out(drawn, len(every), 'data sets')}"
    )
    yield Plot(
        slug(f"{sweep}-projections"), sweep, "Copies in the measurement", caption,
        partial(draw_projections, drawn),
    )  # fmt: skip


def _copies(panel: Panel, results: Results) -> np.ndarray | None:
    first = panel.rows.sort_values("trial").iloc[0]
    return results.copies(str(first["cell"]), int(first["trial"]), int(first["window"]), COPIES)


def draw_projections(rows: Sequence[Row]) -> Figure:
    """A grid with a row of windows for each data set."""
    most = max(len(windows) for _, windows in rows)
    size = SIDE * most + 1.5, SIDE * len(rows) + 0.15
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(rows), most, squeeze=False)
    for line, (title, windows) in zip(axes, rows, strict=True):
        limits = float(windows.min()), float(windows.max())
        line[0].set_ylabel(title, rotation=0, ha="right", va="center")
        for axis, window in zip(line, windows, strict=False):
            paint(axis, window, window, limits, "black")
        for axis in line[len(windows) :]:
            axis.remove()
    return figure
