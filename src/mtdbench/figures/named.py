"""Figures that a study names, such as those of a paper: what each shows follows from its words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from mtdbench.figures.kinds.curves import Along, Quantity, draw_curves, trials_in_words
from mtdbench.figures.kinds.estimates import picture_plots
from mtdbench.figures.kinds.picking import picking_plots
from mtdbench.figures.kinds.progress import progress_plots
from mtdbench.figures.kinds.projections import projection_plots
from mtdbench.figures.kinds.separation_curves import separation_plots
from mtdbench.figures.layout.bands import GEOMETRIC, MEDIAN, RMS, fitted_slope
from mtdbench.figures.layout.bound_lines import MEANING, bound_lines, efficiencies
from mtdbench.figures.layout.panels import Panel, panels, with_axes
from mtdbench.figures.layout.plot import Plot
from mtdbench.figures.layout.style import Look, looks
from mtdbench.figures.option_sweeps import option_sweeps
from mtdbench.results.reader import FAILED, Results
from mtdbench.study.schema import Drawing

AXES = {
    "snr": Along("snr", "SNR", "SNR"),
    "samples": Along("samples", "size of the measurement (samples)", "size"),
    "copies": Along("copies", "copies in the measurement", "copies"),
    "window": Along("window", "window $L$ (samples)", "window"),
    "density": Along("target_density", r"density $\gamma$", "density"),
}
QUANTITIES = {
    "error": "relative error",
    "cpu_seconds": "CPU time (s)",
    "efficiency": "efficiency, bound / error",
    "density_deviation": r"relative error of $\gamma$",
    "pairs_deviation": r"largest deviation of $\xi$",
}
CENTRES = {"geometric mean": GEOMETRIC, "median": MEDIAN, "root mean square": RMS}
SHOWN = {
    "estimates": "-estimates",
    "surfaces": "-isosurface",
    "fsc": "-fsc",
    "pairs": "-separations",
    "progress": "-error-time",
}


def named_plot(drawing: Drawing, results: Results) -> Iterator[Plot]:
    """The figure, or none where its sweeps have nothing to show."""
    whole = results.whole
    table, styles = with_axes(whole), looks(whole)
    rows = table[table["sweep"].isin(drawing.sweeps)]
    for axis, values in drawing.only.items():
        rows = rows[rows[axis].isin(values)]
    if drawing.together:
        rows = rows.assign(sweep=drawing.sweeps[0])
    if drawing.estimators:
        rows = rows[rows["estimator"].isin(drawing.estimators)]
    if rows.empty:
        return
    if drawing.kind == "curves":
        yield curves(drawing, rows, styles)
        return
    others = [*picking_plots("", rows, styles), *picture_plots("", rows, results, styles)]
    others += [*projection_plots("", rows, results), *separation_plots("", rows, results, styles)]
    others += progress_plots("", rows, results.history, styles)
    kind = SHOWN.get(drawing.kind, f"-{drawing.kind}")
    for plot in [plot for plot in others if f"-{plot.name}".endswith(kind)][:1]:
        caption = " ".join(filter(None, [drawing.caption, plot.caption]))
        named = replace(plot, name=drawing.name, sweep=drawing.sweeps[0])
        yield replace(named, title=drawing.title, caption=caption)


def curves(drawing: Drawing, rows: pd.DataFrame, styles: Mapping[str, Look]) -> Plot:
    """A figure of curves, one panel for each sweep and whatever else sets its cells apart."""
    along, shown = AXES.get(drawing.x), dict(styles)
    if along is None:
        found = [s for s in option_sweeps(rows, shown) if s.option == drawing.x]
        if found:
            rows, shown = found[0].rows, found[0].looks
        along = Along("value", f"{drawing.x}", drawing.x)
    statistic = CENTRES[drawing.centre]
    label = QUANTITIES[drawing.y]
    guides = {along.column: drawing.guides}
    quantity = Quantity(drawing.y, label, label, guides, statistic, drawing.lost)
    if drawing.y == "cpu_seconds":
        rows = timed(rows)
    chosen = list(_panels(drawing, rows, along))
    caption = f"{drawing.caption} Curves: {statistic.words} ({trials_in_words(rows)} in each cell)."
    caption += _slopes(drawing, rows, along.column)
    if drawing.guides:
        caption += " Dotted lines: slope guides, placed freely in height."
    if drawing.lost:
        caption += f" Lost: errors above {drawing.lost:g}, where nothing was found."
    if drawing.published:
        caption += " Hollow marks: values that the paper gives."
    if drawing.y == "error" and bound_lines(rows):
        caption += MEANING
        if statistic is RMS:
            caption += efficiencies(rows, along.column, shown)
    draw = partial(draw_curves, chosen, along, quantity, shown, drawing.published)
    return Plot(drawing.name, drawing.sweeps[0], drawing.title, caption.strip(), draw)


def timed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with no run time where the run failed: it would say when it died."""
    return rows.assign(cpu_seconds=rows["cpu_seconds"].where(~rows["status"].isin(FAILED)))


def _panels(drawing: Drawing, rows: pd.DataFrame, along: Along) -> Iterator[Panel]:
    several = rows["sweep"].nunique() > 1
    for sweep in rows["sweep"].unique():
        for panel in panels(rows[rows["sweep"] == sweep], along.column):
            name = sweep if several else ""
            yield Panel(", ".join(filter(None, [name, panel.title])), panel.rows)


def _slopes(drawing: Drawing, rows: pd.DataFrame, x: str) -> str:
    """The fitted slopes in words."""
    words = []
    for fit in drawing.fits:
        high = np.inf if fit.high is None else fit.high
        near = (rows[x] >= fit.low * (1 - 1e-9)) & (rows[x] <= high * (1 + 1e-9))
        for sweep in rows["sweep"].unique():
            part = rows[near & (rows["estimator"] == fit.estimator) & (rows["sweep"] == sweep)]
            found = fitted_slope(part[x], part[drawing.y])
            if np.isfinite(found.slope):
                where = f", {sweep}" if rows["sweep"].nunique() > 1 else ""
                span = f" from {part[x].min():g} to {part[x].max():g}"
                words.append(f"{fit.estimator}{where}{span}: {found.slope:.3f} ± {found.half:.3f}")
    if not words:
        return ""
    return f" Fitted slopes with 95 % intervals over single runs: {'; '.join(words)}."
