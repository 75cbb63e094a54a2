"""Estimated densities with their standard errors, trial by trial, beside the true one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.canvas import canvas
from mtdbench.figures.layout.legend import legend_entry, with_failures
from mtdbench.figures.layout.panels import Panel, panels, spread
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import Look

MOST_CELLS = 6  # of a figure, a panel each
TRIAL_WIDTH = 0.7  # in which the points of all estimators lie
TRUE_DENSITY = Look("true", "", "black", "", ())


def densities_plots(subject: Subject) -> Iterator[Plot]:
    """The density that each run claims, if any run says how sure it is of it."""
    rows = subject.rows
    if "density_error" not in rows or not rows["density_error"].notna().any():
        return
    chosen = spread(list(panels(rows, None)), MOST_CELLS)
    words = caption(
        "The density that each run ends with, trial by trial, and one standard error where the"
        " method gives one. At density 0, where nothing is found, the bar ends at the largest"
        " density that is likely of copies as faint as the likeliest ones.",
        left_out(chosen, rows["cell"].nunique()),
    )
    yield Plot("densities", "Densities", words, partial(draw_densities, chosen, subject.looks))


def draw_densities(cells: Sequence[Panel], looks: Mapping[str, Look]) -> Figure:
    """One panel for each cell."""
    rows = pd.concat([cell.rows for cell in cells])
    present = set(rows.loc[rows["density_estimated"].notna(), "estimator"])
    shown = {label: look for label, look in looks.items() if label in present}
    entries: list[Artist] = [legend_entry(TRUE_DENSITY, TRUE_DENSITY.label)]
    entries += [legend_entry(look, with_failures(label, rows)) for label, look in shown.items()]
    figure, axes = canvas(cells, entries, "trial", r"density $\gamma$")
    for axis, cell in zip(axes, cells, strict=True):
        axis.axhline(float(cell.rows["density"].mean()), color=TRUE_DENSITY.colour, linewidth=0.8)
        for aside, (label, look) in zip(_beside(len(shown)), shown.items(), strict=True):
            draw_claims(axis, cell.rows[cell.rows["estimator"] == label], look, aside)
    axes[0].set_ylim(-0.03, 1.05)
    return figure


def _beside(count: int) -> np.ndarray:
    """Where the points of several estimators are drawn, about their trial."""
    return TRIAL_WIDTH * ((np.arange(count) + 0.5) / count - 0.5)


def draw_claims(axis: Axes, rows: pd.DataFrame, look: Look, aside: float = 0.0) -> None:
    """A point for each trial, a little aside, and a bar of one standard error to each side."""
    axis.errorbar(
        rows["trial"] + aside, rows["density_estimated"], yerr=rows["density_error"],
        color=look.colour, linestyle="", marker=look.marker or ".", markersize=2.5, elinewidth=0.5,
    )  # fmt: skip
