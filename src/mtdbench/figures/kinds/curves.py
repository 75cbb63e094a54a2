"""Curves over a grid axis: error or run time against SNR, size, density or an option."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mtdbench.figures.layout import canvas
from mtdbench.figures.layout.bands import GEOMETRIC, Statistic, centre
from mtdbench.figures.layout.bound_lines import bound_entries, draw_bounds
from mtdbench.figures.layout.guides import guide, slope_label
from mtdbench.figures.layout.panels import Panel
from mtdbench.figures.layout.style import MUTED, Look
from mtdbench.results.reader import FAILED

PUBLISHED_MARKERS = ("o", "s", "^", "D", "v")
GUIDE_DASHES = ((0, (1, 1.2)), (0, (3, 1, 1, 1)))


@dataclass(frozen=True)
class Quantity:
    """What is measured: a column of the table, its name with the unit, its slope guides by axis,
    what is shown of the trials, and the value beyond which a run has found nothing.
    """

    column: str
    label: str
    word: str
    slopes: Mapping[str, tuple[float, ...]]
    statistic: Statistic = GEOMETRIC
    lost: float | None = None


@dataclass(frozen=True)
class Along:
    """The horizontal axis: a column, its name with the unit, and how its values are written."""

    column: str
    label: str
    word: str


ERROR = Quantity("error", "relative error", "error", {"samples": (-0.5,), "snr": (-0.5,)})
RUNTIME = Quantity("cpu_seconds", "CPU time (s)", "runtime", {"samples": (1.0,)})


def draw_curves(
    panels: Sequence[Panel],
    along: Along,
    quantity: Quantity,
    looks: Mapping[str, Look],
    published: Mapping[str, Mapping[float, float]] | None = None,
) -> Figure:
    """One panel of curves for each of `panels`: centres with 95 % bands over trials; beside them
    points that a paper gives, {label: {x: y}}.
    """
    marks = list(zip((published or {}).items(), PUBLISHED_MARKERS, strict=False))
    rows = pd.concat([panel.rows for panel in panels])
    rows = rows[rows["estimator"].isin(looks)]
    present = set(rows["estimator"])
    shown = {label: look for label, look in looks.items() if label in present}
    slopes = quantity.slopes.get(along.column, ())
    entries = legend_entries(rows, shown, slopes, quantity)
    if quantity.column == ERROR.column:
        entries += bound_entries(rows)
    entries += [published_line(marker, label, {}) for (label, _), marker in marks]
    figure, axes = canvas.canvas(panels, entries, along.label, quantity.label)
    points = np.sort(rows[along.column].dropna().unique().astype(float))
    names = [tick_name(along.column, value, rows) for value in points]
    for axis, panel in zip(axes, panels, strict=True):
        known = panel.rows[panel.rows["estimator"].isin(shown)]
        draw_panel(axis, known, along.column, quantity, shown)
        if quantity.column == ERROR.column:
            draw_bounds(axis, panel.rows, along.column)
        draw_guides(axis, known, along.column, quantity.column, slopes)
        for (label, values), marker in marks:
            axis.add_line(published_line(marker, label, values))
    failed = rows.loc[rows["status"].isin(FAILED), "estimator"].nunique()
    canvas.log_x(axes[0], points, names)
    canvas.log_y(axes, crosses=failed)
    for axis, panel in zip(axes, panels, strict=True):
        draw_crosses(axis, panel.rows, along.column, shown)
    return figure


def draw_panel(
    axis: Axes, rows: pd.DataFrame, x: str, quantity: Quantity, looks: Mapping[str, Look]
) -> None:
    """The curves of one panel, references in grey without a band. Where there is a single x,
    the rivals stand side by side at it.
    """
    y, statistic = quantity.column, quantity.statistic
    good = rows[np.isfinite(rows[y].astype(float)) & (rows[y] > 0)]
    present = set(good["estimator"])
    rivals = [label for label in looks if label in present and not looks[label].is_reference]
    aside = dict.fromkeys(rivals, 1.0)
    if good[x].nunique() == 1 and len(rivals) > 1:
        aside = dict(
            zip(rivals, np.geomspace(1 / canvas.ASIDE, canvas.ASIDE, len(rivals)), strict=True)
        )
    for label, look in looks.items():
        part = good[good["estimator"] == label]
        if look.is_reference and len(part):
            means = part.groupby(x)[y].agg(statistic.centre)
            canvas.line(axis, means, color=look.colour, dashes=look.dashes, lw=1.1)
        elif len(part):
            draw_curve(axis, part.assign(**{x: part[x] * aside[label]}), x, y, look, statistic)
    if good.empty:
        note = "no run gave a value"
        axis.text(0.5, 0.5, note, ha="center", va="center", transform=axis.transAxes, color=MUTED)


def draw_curve(
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
    means = rows.groupby(["estimator", x])[y].agg(centre).dropna().reset_index()
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


def legend_entries(
    rows: pd.DataFrame, looks: Mapping[str, Look], slopes: Sequence[float], quantity: Quantity
) -> list[Artist]:
    """Everything that the panels show, in words; an estimator's failures stand beside its name."""
    entries: list[Artist] = []
    for label, look in looks.items():
        lost = None if look.is_reference else quantity.lost
        entries.append(canvas.entry(look, with_failures(label, rows, lost)))
    for slope, dashes in zip(slopes, GUIDE_DASHES, strict=False):
        entries.append(Line2D([], [], color="black", lw=0.8, ls=dashes, label=slope_label(slope)))
    entries.append(canvas.band_entry(trials_in_words(rows)))
    if rows["status"].isin(FAILED).any():
        entries.append(canvas.cross_entry())
    return entries


def with_failures(label: str, rows: pd.DataFrame, lost: float | None = None) -> str:
    """The estimator's name and what did not end well, e.g. `em (2 of 15 failed)`; with `lost` also
    how many of its errors are larger.
    """
    rows = rows[rows["estimator"] == label]
    status = rows["status"]
    failed, cut = int(status.isin(FAILED).sum()), int((status == "budget").sum())
    remarks = [f"{failed} of {len(status)} failed"] * (failed > 0)
    remarks += [f"{cut} of {len(status)} out of budget"] * (cut > 0)
    if lost is not None and (beyond := int((rows["error"] > lost).sum())):
        remarks.append(f"{beyond} of {len(status)} lost")
    return f"{label} ({', '.join(remarks)})" if remarks else label


def trials_in_words(rows: pd.DataFrame) -> str:
    """How many trials a cell has, e.g. `3 trials` or `3 to 5 trials`."""
    counts = rows.groupby("cell")["trial"].nunique()
    low, high = int(counts.min()), int(counts.max())
    many = f"{low} to {high}" if low < high else str(low)
    return f"{many} trial{'s' * (high > 1)}"


def tick_name(column: str, value: float, rows: pd.DataFrame) -> str:
    """A value of the grid as its tick writes it: sizes as N^d, whole powers of ten as such."""
    if column not in ("samples", "copies"):
        return f"{value:g}"
    if column == "samples" and int(rows["ndim"].iloc[0]) > 1:
        return f"${round(value**0.5)}^2$"
    power = int(np.floor(np.log10(value)))
    head = value / 10**power
    if power < 4 or not np.isclose(head * 10, round(head * 10)):
        return f"{value:g}"
    return f"$10^{power}$" if np.isclose(head, 1) else rf"${head:g}\cdot10^{power}$"
