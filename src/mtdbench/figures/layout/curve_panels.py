"""Curves over an axis: centres with bands, references, slope guides, bounds and failures."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mtdbench.figures.layout.bands import Statistic, geometric_mean
from mtdbench.figures.layout.bound_lines import bound_entries, draw_bounds
from mtdbench.figures.layout.canvas import ASIDE, canvas, line
from mtdbench.figures.layout.curve_axes import CENTRES, CURVE_LABELS, Curves
from mtdbench.figures.layout.guides import guide, slope_label
from mtdbench.figures.layout.legend import (
    band_entry,
    cross_entry,
    legend_entry,
    trials_in_words,
    with_failures,
)
from mtdbench.figures.layout.panels import FAULT_NAMES, Panel
from mtdbench.figures.layout.style import MUTED, Look
from mtdbench.figures.layout.ticks import linear_x, log_x, log_y, tick_name
from mtdbench.results.reader import FAILED
from mtdbench.study.schema import Drawing

PUBLISHED_MARKERS = ("o", "s", "^", "D", "v")
GUIDE_DASHES = ((0, (1, 1.2)), (0, (3, 1, 1, 1)))


def draw_curves(panels: Sequence[Panel], curves: Curves, drawing: Drawing) -> Figure:
    """One panel of curves for each of `panels`: centres with 95 % bands over the trials.

    Parameters
    ----------
    panels : sequence of Panel
        Parts of the rows of `curves`.
    curves : Curves
        The axis, and how estimators are drawn.
    drawing : Drawing
        The quantity, its statistic, the slopes of the guides, and points that a paper gives.
    """
    marks = list(zip(drawing.published.items(), PUBLISHED_MARKERS, strict=False))
    rows = pd.concat([panel.rows for panel in panels])
    rows = rows[rows["estimator"].isin(curves.looks)]
    present = set(rows["estimator"])
    shown = {label: look for label, look in curves.looks.items() if label in present}
    entries = curve_entries(rows, shown, drawing)
    entries += [published_line(marker, label, {}) for (label, _), marker in marks]
    x, y = curves.along.column, drawing.y
    figure, axes = canvas(panels, entries, curves.along.label, CURVE_LABELS[y])
    for axis, panel in zip(axes, panels, strict=True):
        known = panel.rows[panel.rows["estimator"].isin(shown)]
        draw_panel(axis, known, x, drawing, shown)
        if y == "error":
            draw_bounds(axis, panel.rows, x)
        draw_guides(axis, known, x, y, drawing.guides)
        for (label, values), marker in marks:
            axis.add_line(published_line(marker, label, values))
    points = np.sort(rows[x].dropna().unique().astype(float))
    scale_x = linear_x if x in FAULT_NAMES or min(points, default=1) <= 0 else log_x
    scale_x(axes[0], points, [tick_name(x, value, rows) for value in points])
    failed = rows.loc[rows["status"].isin(FAILED), "estimator"].nunique()
    log_y(axes, crosses=failed)
    for axis, panel in zip(axes, panels, strict=True):
        draw_crosses(axis, panel.rows, x, shown)
    return figure


def draw_panel(
    axis: Axes, rows: pd.DataFrame, x: str, drawing: Drawing, looks: Mapping[str, Look]
) -> None:
    """The curves of one panel, references in grey without a band.

    Where there is a single x, the rivals stand side by side at it.
    """
    y, statistic = drawing.y, CENTRES[drawing.centre]
    good = rows[np.isfinite(rows[y].astype(float)) & (rows[y] > 0)]
    present = set(good["estimator"])
    rivals = [label for label in looks if label in present and not looks[label].is_reference]
    aside = dict.fromkeys(rivals, 1.0)
    if good[x].nunique() == 1 and len(rivals) > 1:
        aside = dict(zip(rivals, np.geomspace(1 / ASIDE, ASIDE, len(rivals)), strict=True))
    for label, look in looks.items():
        part = good[good["estimator"] == label]
        if look.is_reference and len(part):
            means = part.groupby(x)[y].agg(statistic.centre)
            line(axis, means, color=look.colour, dashes=look.dashes, lw=1.1)
        elif len(part):
            draw_trials(axis, part.assign(**{x: part[x] * aside[label]}), x, y, look, statistic)
    if good.empty:
        note = "no run gave a value"
        axis.text(0.5, 0.5, note, ha="center", va="center", transform=axis.transAxes, color=MUTED)


def draw_trials(
    axis: Axes, rows: pd.DataFrame, x: str, y: str, look: Look, statistic: Statistic
) -> None:
    """The centre of one estimator's trials and its confidence band."""
    alone = rows[x].nunique() == 1
    sns.lineplot(
        rows, x=x, y=y, ax=axis, estimator=statistic.centre, errorbar=statistic.interval,
        legend=False,
        color=look.colour, marker=look.marker, dashes=look.dashes,
        err_style="bars" if alone else "band",
        err_kws={"capsize": 0} if alone else {"alpha": 0.16, "linewidth": 0},
    )  # fmt: skip
    axis.set(xlabel="", ylabel="")  # the figure names its axes


def draw_guides(axis: Axes, rows: pd.DataFrame, x: str, y: str, slopes: Sequence[float]) -> None:
    """Lines of the stated slopes just below the curves."""
    means = rows.groupby(["estimator", x])[y].agg(geometric_mean).dropna().reset_index()
    if means[x].nunique() < 2:
        return
    for slope, dashes in zip(slopes, GUIDE_DASHES, strict=False):
        ends = guide(means[x].to_numpy(float), means[y].to_numpy(float), slope)
        axis.plot(*ends.T, color="black", linewidth=0.8, linestyle=dashes, zorder=1)


def published_line(marker: str, label: str, values: Mapping[float, float]) -> Line2D:
    """Points that a paper gives, hollow and joined by nothing."""
    return Line2D(
        list(values), list(values.values()), color="black", ls="", marker=marker, markersize=5.5,
        markerfacecolor="none", markeredgewidth=1.0, label=label, zorder=4,
    )  # fmt: skip


def draw_crosses(axis: Axes, rows: pd.DataFrame, x: str, looks: Mapping[str, Look]) -> None:
    """A cross at the top edge wherever a run failed, one line of crosses for each estimator."""
    failed = rows[rows["status"].isin(FAILED)]
    present = set(failed["estimator"])
    for level, label in enumerate(label for label in looks if label in present):
        spots = failed.loc[failed["estimator"] == label, x].unique()
        axis.plot(
            spots, np.full(len(spots), 0.97 - 0.06 * level), "x", markersize=4,
            markeredgewidth=1.2, color=looks[label].colour, clip_on=False,
            transform=axis.get_xaxis_transform(),
        )  # fmt: skip


def curve_entries(rows: pd.DataFrame, looks: Mapping[str, Look], drawing: Drawing) -> list[Artist]:
    """Everything that the panels show, in words; an estimator's failures stand beside its name."""
    entries: list[Artist] = []
    for label, look in looks.items():
        lost = None if look.is_reference else drawing.lost
        entries.append(legend_entry(look, with_failures(label, rows, lost)))
    for slope, dashes in zip(drawing.guides, GUIDE_DASHES, strict=False):
        entries.append(Line2D([], [], color="black", lw=0.8, ls=dashes, label=slope_label(slope)))
    entries.append(band_entry(trials_in_words(rows)))
    if rows["status"].isin(FAILED).any():
        entries.append(cross_entry())
    return entries + (bound_entries(rows) if drawing.y == "error" else [])
