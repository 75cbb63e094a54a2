"""Curves over a grid axis or an option: error, run time and other columns of the table."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import RMS, fitted_slope
from mtdbench.figures.layout.bound_lines import BOUNDS_EXPLAINED, bound_lines, efficiencies
from mtdbench.figures.layout.curve_axes import CENTRES, Along, Curves, curves_of
from mtdbench.figures.layout.curve_panels import draw_curves
from mtdbench.figures.layout.legend import trials_in_words
from mtdbench.figures.layout.panels import Panel, panels, rows_of, spread
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.sweep_drawings import sweep_drawings
from mtdbench.results.reader import FAILED
from mtdbench.study.schema import Drawing

MOST_PANELS = 12  # of a figure that nobody asked for


def curves_plots(subject: Subject) -> Iterator[Plot]:
    """The figure that the study asks for, or those that follow from what the sweep varies."""
    if subject.drawing is not None:
        yield curve_plot(subject.drawing, subject)
        return
    for drawing in sweep_drawings(subject):
        rows = rows_of(drawing, subject.rows)
        if len(rows):
            plot = curve_plot(drawing, replace(subject, rows=rows), MOST_PANELS)
            yield replace(plot, caption=caption(drawing.caption, plot.caption))


def curve_plot(drawing: Drawing, subject: Subject, most: int | None = None) -> Plot:
    """One figure, a panel for each sweep and whatever else sets its cells apart; `most` panels."""
    curves = curves_of(drawing, subject.rows, subject.looks)
    every = list(panels_of(curves.rows, curves.along))
    chosen = spread(every, most or len(every))
    words = caption(
        f"Curves: {CENTRES[drawing.centre].words} ({trials_in_words(curves.rows)} in each cell"
        f"{bands_in_words(curves.rows, drawing)}).",
        slopes_in_words(drawing, curves),
        "Dotted lines: slope guides, placed freely in height." if drawing.guides else "",
        f"Lost: errors above {drawing.lost:g}, where nothing was found." if drawing.lost else "",
        "Hollow marks: values that the paper gives." if drawing.published else "",
        failures_in_words(curves.rows, drawing),
        left_out(chosen, len(every), "panels"),
        *(bounds_in_words(drawing, curves) if drawing.y == "error" else ()),
    )
    return Plot(drawing.name, drawing.title, words, partial(draw_curves, chosen, curves, drawing))


def panels_of(rows: pd.DataFrame, along: Along) -> Iterator[Panel]:
    """The rows in panels, those of several sweeps apart and named by it."""
    several = rows["sweep"].nunique() > 1
    for sweep in rows["sweep"].unique():
        for panel in panels(rows[rows["sweep"] == sweep], along.column):
            name = sweep if several else ""
            yield Panel(", ".join(filter(None, [name, panel.title])), panel.rows)


def bands_in_words(rows: pd.DataFrame, drawing: Drawing) -> str:
    """A remark if some cells have no band."""
    runs = rows.groupby(["cell", "estimator"])[drawing.y].count()
    return "; no band where fewer than two runs gave a value" if (runs < 2).any() else ""


def slopes_in_words(drawing: Drawing, curves: Curves) -> str:
    """The slopes that the figure asks for, fitted to single runs."""
    rows, x = curves.rows, curves.along.column
    words = []
    for fit in drawing.fits:
        high = np.inf if fit.high is None else fit.high
        near = (rows[x] >= fit.low * (1 - 1e-9)) & (rows[x] <= high * (1 + 1e-9))
        for sweep in rows["sweep"].unique():
            part = rows[near & (rows["estimator"] == fit.estimator) & (rows["sweep"] == sweep)]
            slope = fitted_slope(part[x], part[drawing.y])
            if np.isfinite(slope.slope):
                place = f", {sweep}" if rows["sweep"].nunique() > 1 else ""
                span = f" from {part[x].min():g} to {part[x].max():g}"
                words.append(f"{fit.estimator}{place}{span}: {slope.slope:.3f} ± {slope.half:.3f}")
    if not words:
        return ""
    return f"Fitted slopes with 95 % intervals over single runs: {'; '.join(words)}."


def failures_in_words(rows: pd.DataFrame, drawing: Drawing) -> str:
    """What the crosses mean, and how many failed runs have an error all the same."""
    failed = rows["status"].isin(FAILED)
    if not failed.any():
        return ""
    scored = int((failed & np.isfinite(rows["error"].astype(float))).sum())
    words = "Crosses at the top edge: a run failed there."
    if drawing.y == "error" and scored:
        words += f" {scored} failed run{'s' * (scored > 1)} left an estimate, whose error counts."
    return words


def bounds_in_words(drawing: Drawing, curves: Curves) -> Iterator[str]:
    """What the bounds are, and beside root mean square errors how near the estimators come."""
    if bound_lines(curves.rows):
        yield BOUNDS_EXPLAINED
        if CENTRES[drawing.centre] is RMS:
            yield efficiencies(curves.rows, curves.along.column, curves.looks)
