"""What copies look like in a measurement, row by row for each SNR.

It follows figure 1 of Kreymer, Singer, Bendory, *A stochastic approximate
expectation-maximization for structure determination directly from cryo-EM micrographs*.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from mtdbench.figures.layout.canvas import DOUBLE
from mtdbench.figures.layout.painters import paint
from mtdbench.figures.layout.panels import Panel, panels
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.results.reader import Results

COPIES_SHOWN = 9

Windows = tuple[str, np.ndarray]
"""What a data set is, and the windows of its copies, shape (copies,) + (L,) * d."""


def projections_plots(subject: Subject) -> Iterator[Plot]:
    """The first copies in the first data set of each cell, if measurements were kept.

    Only where a study asks for it.
    """
    if subject.drawing is None:
        return
    every = list(panels(subject.rows, None))[::-1]  # the highest SNR comes first
    found = [(panel.title, _windows(panel, subject.results)) for panel in every]
    drawn = [(title, windows) for title, windows in found if windows is not None]
    if not drawn:
        return
    words = caption(
        f"Windows of L samples along each axis at the first {max(len(w) for _, w in drawn)} copies"
        " of a measurement, noise included, at their true places; the first data set of each cell."
        " Each row has one scale, from its smallest sample to its largest. Data sets that differ"
        " in SNR alone share copies, poses and, but for its scale, noise.",
        left_out(drawn, len(every), "data sets"),
    )
    draw = partial(draw_projections, drawn)
    yield Plot("projections", "Copies in the measurement", words, draw)


def _windows(panel: Panel, results: Results) -> np.ndarray | None:
    first = panel.rows.sort_values("trial").iloc[0]
    cell, trial = str(first["cell"]), int(first["trial"])
    return results.copies(cell, trial, int(first["window"]), COPIES_SHOWN)


def draw_projections(rows: Sequence[Windows]) -> Figure:
    """A grid with a row of windows for each data set, named above it."""
    most = max(len(windows) for _, windows in rows)
    side = min(0.72, DOUBLE / most)
    heights = [side + 0.04 + 0.16 * len(title.splitlines()) for title, _ in rows]
    figure = Figure(figsize=(side * most, sum(heights)), layout="constrained")
    parts = figure.subfigures(len(rows), 1, height_ratios=heights, squeeze=False).flat
    for part, (title, windows) in zip(parts, rows, strict=True):
        part.suptitle(title, x=0.01, ha="left", fontsize=8)
        limits = float(windows.min()), float(windows.max())
        line = part.subplots(1, most, squeeze=False)[0]
        for axis, window in zip(line, windows, strict=False):
            paint(axis, window, window, limits, "black")
            axis.set(xticks=[], yticks=[])
        for axis in line[len(windows) :]:
            axis.remove()
    return figure
