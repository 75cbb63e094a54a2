"""Which figures a study has: they follow from what its sweeps vary."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from mtdbench.figures.kinds.curves import (
    ERROR,
    RUNTIME,
    Along,
    Quantity,
    draw_curves,
    trials_in_words,
)
from mtdbench.figures.kinds.estimates import picture_plots
from mtdbench.figures.kinds.picking import picking_plots
from mtdbench.figures.kinds.progress import progress_plots
from mtdbench.figures.kinds.separation_curves import separation_plots
from mtdbench.figures.layout.bands import WORDS
from mtdbench.figures.layout.bound_lines import MEANING, bound_lines
from mtdbench.figures.layout.panels import Panel, panels, spread, varied, with_axes
from mtdbench.figures.layout.plot import Plot, left_out, slug
from mtdbench.figures.layout.style import Look, looks
from mtdbench.figures.named import named_plot, timed
from mtdbench.figures.option_sweeps import option_sweeps
from mtdbench.results.reader import FAILED, Results

MOST_PANELS = 12


def plan(results: Results) -> Iterator[Plot]:
    """The figures that a study's results call for, sweep by sweep, after those that it names."""
    whole = results.whole
    table, styles = with_axes(whole), looks(whole)
    for drawing in results.drawings:
        yield from named_plot(drawing, results)
    for sweep in results.sweeps:
        rows = table[table["sweep"] == sweep]
        yield from grid_plots(sweep, rows, styles)
        yield from option_plots(sweep, rows, styles)
        yield from picking_plots(sweep, rows, styles)
        yield from progress_plots(sweep, rows, results.history, styles)
        yield from picture_plots(sweep, rows, results, styles)
        yield from separation_plots(sweep, rows, results, styles)


def grid_plots(sweep: str, rows: pd.DataFrame, styles: dict[str, Look]) -> Iterator[Plot]:
    """Error against SNR, size and density, run time against size, for what the sweep varies."""
    changing = varied(rows)
    if "snr" in changing:
        yield curve_plot(sweep, rows, Along("snr", "SNR", "SNR"), ERROR, styles)
    if "size" in changing:
        power = "N" if int(rows["ndim"].iloc[0]) == 1 else "N^2"
        along = Along("samples", f"size of the measurement ${power}$ (samples)", "size")
        yield curve_plot(sweep, rows, along, ERROR, styles)
        yield curve_plot(sweep, rows, along, RUNTIME, styles)
    if "target_density" in changing:
        along = Along("target_density", r"density $\gamma$", "density")
        yield curve_plot(sweep, rows, along, ERROR, styles)


def option_plots(sweep: str, rows: pd.DataFrame, styles: dict[str, Look]) -> Iterator[Plot]:
    """Error and run time against each option that the sweep varies."""
    for found in option_sweeps(rows, styles):
        along = Along("value", f"{found.option} ({found.method})", f"{found.method} {found.option}")
        for quantity in (ERROR, RUNTIME):
            yield curve_plot(sweep, found.rows, along, quantity, found.looks)


def curve_plot(
    sweep: str, rows: pd.DataFrame, along: Along, quantity: Quantity, styles: dict[str, Look]
) -> Plot:
    """The plan of one figure of curves."""
    every = list(panels(rows, along.column))
    chosen = spread(every, MOST_PANELS)
    if quantity.column == RUNTIME.column:
        chosen = [Panel(panel.title, timed(panel.rows)) for panel in chosen]
        styles = {label: look for label, look in styles.items() if look.method != "zero"}
    kind = "Error" if quantity.column == ERROR.column else "Run time"
    subject = (
        "Relative error of the aligned estimate over the samples"
        if quantity.column == ERROR.column
        else "CPU time on the clock, set-up not counted; failed runs are left out of the curves"
    )
    caption = (
        f"{subject}. Curves: {WORDS} ({trials_in_words(rows)} in each cell; no band where fewer"
        " than two runs gave a value). Dotted lines: slope guides, placed freely in height."
        f"{_failures_in_words(rows, quantity)}{left_out(chosen, len(every), 'panels')}"
    )
    if not quantity.slopes.get(along.column):
        caption = caption.replace(" Dotted lines: slope guides, placed freely in height.", "")
    if quantity.column == ERROR.column and bound_lines(rows):
        caption += MEANING
    title = f"{kind} against {along.word}"
    name = slug(f"{sweep}-{quantity.word}-{along.word}")
    return Plot(name, sweep, title, caption, partial(draw_curves, chosen, along, quantity, styles))


def _failures_in_words(rows: pd.DataFrame, quantity: Quantity) -> str:
    failed = rows["status"].isin(FAILED)
    if not failed.any():
        return ""
    scored = int((failed & np.isfinite(rows["error"].astype(float))).sum())
    words = " Crosses at the top edge: a run failed there."
    if quantity.column == ERROR.column and scored:
        words += f" {scored} failed run{'s' * (scored > 1)} had a snapshot and count with it."
    return words
