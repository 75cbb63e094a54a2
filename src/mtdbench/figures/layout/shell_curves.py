"""Fourier shell correlation of the estimates with the truth, shell by shell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from mtdbench.evaluate.fsc import THRESHOLD, shell_correlation
from mtdbench.figures.layout.bands import BANDED, median_interval
from mtdbench.figures.layout.canvas import canvas
from mtdbench.figures.layout.comparisons import by_window
from mtdbench.figures.layout.legend import (
    band_entry,
    legend_entry,
    trials_in_words,
    with_failures,
)
from mtdbench.figures.layout.painters import PICTURE_STYLES
from mtdbench.figures.layout.panels import Panel, are_from_files, examples
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import MUTED, Look
from mtdbench.results.reader import Results
from mtdbench.study.plan import half_label

MOST_FSC = 6  # panels
Correlations = Callable[[pd.DataFrame, Results], pd.DataFrame]
"""Gives the curves of the runs of a cell: columns `estimator`, `trial`, `shell`, `correlation`."""

THRESHOLD_LINE: dict[str, Any] = {"color": "black", "linewidth": 0.8, "linestyle": (0, (4, 2))}


def shell_plots(
    subject: Subject, name: str, title: str, correlations: Correlations, lead: str
) -> Iterator[Plot]:
    """Shell correlations, one panel for each cell, for each window of volumes, and of images where
    there is no error to show.
    """
    for part, one in by_window(subject):
        style = PICTURE_STYLES[int(one.rows["ndim"].iloc[0])]
        if not (style.has_surface or (style.is_grey and are_from_files(one.rows))):
            continue
        cells = examples(one.rows, MOST_FSC)
        found = [Panel(cell.title, correlations(cell.rows, one.results)) for cell in cells]
        drawn = [panel for panel in found if len(panel.rows)]
        if not drawn:
            continue
        words = caption(
            f"{lead} Curves: median over the trials ({trials_in_words(one.rows)} in each cell)."
            " Bands: interval between order statistics that holds the median with at least 95 %,"
            " of fewer than six trials their range.",
            left_out(drawn, one.rows["cell"].nunique()),
        )
        yield Plot(name, title, words, partial(draw_shells, drawn, one.rows, one.looks), part)


def truth_correlations(rows: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The correlations of every run in `rows` that has an error and whose volumes were kept.

    Returns
    -------
    DataFrame
        Columns `estimator`, `trial`, `shell` (whole numbers from 1) and `correlation`.
    """
    found = []
    scored = rows[np.isfinite(rows["error"].astype(float))]
    for _, runs in scored.groupby(["cell", "trial"], sort=True):
        cell, trial = str(runs["cell"].iloc[0]), int(runs["trial"].iloc[0])
        truth = results.truth(cell, trial)
        for label in runs["estimator"].unique():
            estimate = results.estimate(cell, trial, label)
            if truth is None or estimate is None or estimate.shape != truth.shape:
                continue
            found.append(_curve(label, trial, estimate, truth))
    return _together(found)


def half_set_correlations(rows: pd.DataFrame, results: Results) -> pd.DataFrame:
    """As `truth_correlations`, of the estimates from the two halves of a measurement."""
    found = []
    for cell, trial, label in rows[["cell", "trial", "estimator"]].itertuples(index=False):
        one, other = (results.estimate(cell, trial, half_label(label, half)) for half in (1, 2))
        if one is not None and other is not None:
            found.append(_curve(label, trial, one, other))
    return _together(found)


def _curve(label: str, trial: int, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    _, values = shell_correlation(a, b)
    shells = np.arange(1, len(values) + 1)
    run = {"estimator": label, "trial": trial, "shell": shells, "correlation": values}
    return pd.DataFrame(run)


def _together(found: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["estimator", "trial", "shell", "correlation"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def draw_shells(panels: Sequence[Panel], table: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Medians over the trials with their bands, one panel of correlations for each of `panels`.

    Parameters
    ----------
    panels : sequence of Panel
        Their rows as `Correlations` gives them, all of the same window.
    table : DataFrame
        The runs behind them, for the legend.
    looks : dict
        How each estimator is drawn.
    """
    present = {label for panel in panels for label in panel.rows["estimator"]}
    shown = {label: look for label, look in looks.items() if label in present}
    entries: list[Artist] = [
        legend_entry(look, with_failures(label, table)) for label, look in shown.items()
    ]
    few = table.groupby("cell")["trial"].nunique().max() < BANDED
    entries.append(band_entry(trials_in_words(table), "range" if few else "95 % band"))
    entries.append(Line2D([], [], label=f"FSC = {THRESHOLD:g}", **THRESHOLD_LINE))
    words = "shell k  (below it: frequency k / L, cycles per sample)"
    figure, axes = canvas(panels, entries, words, "Fourier shell correlation")
    for axis, panel in zip(axes, panels, strict=True):
        axis.axhline(THRESHOLD, zorder=1.5, **THRESHOLD_LINE)
        axis.axhline(0, color=MUTED, linewidth=0.6, zorder=1.5)
        for label, look in shown.items():
            draw_shell_curve(axis, panel.rows[panel.rows["estimator"] == label], look)
    lowest = min(float(np.min(line.get_ydata())) for axis in axes for line in axis.lines)
    axes[0].set_ylim(min(-0.04, lowest - 0.04), 1.04)
    name_shells(axes[0], int(table["window"].iloc[0]))
    return figure


def draw_shell_curve(axis: Axes, rows: pd.DataFrame, look: Look) -> None:
    """The median of one estimator and its band; a reference has no band."""
    groups = rows.groupby("shell", sort=True)["correlation"]
    middle = groups.median()
    if middle.empty:
        return
    if not look.is_reference:
        low, high = np.array([median_interval(values) for _, values in groups]).T
        axis.fill_between(middle.index, low, high, color=look.colour, alpha=0.16, linewidth=0)
    axis.plot(
        middle.index, middle, color=look.colour, dashes=look.dashes, marker=look.marker or None,
        markeredgecolor="white", markeredgewidth=0.6, linewidth=1.1 if look.is_reference else 1.4,
        markevery=max(1, len(middle) // 12), clip_on=False,
    )  # fmt: skip


def name_shells(axis: Axes, window: int) -> None:
    """Ticks at whole shells, named by the shell and, below it, its frequency."""
    last = (window - 1) // 2
    axis.set_xlim(1 - 0.03 * last, last + 0.03 * last)
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:.0f}\n{k / window:.2f}"))
