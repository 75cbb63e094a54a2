"""Picking against SNR: with the true object, with the estimates, and by rules that look at nothing.

It follows figure 8 of Kreymer, Singer, Bendory, *A stochastic approximate
expectation-maximization for structure determination directly from cryo-EM micrographs*.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.evaluate.picking_scores import LEAST_VISIBLE_SHARE
from mtdbench.figures.layout.bands import mean_interval
from mtdbench.figures.layout.canvas import canvas
from mtdbench.figures.layout.legend import (
    band_entry,
    legend_entry,
    trials_in_words,
    with_failures,
)
from mtdbench.figures.layout.panels import Panel, panels, spread, varied
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import Look
from mtdbench.figures.layout.ticks import log_x

PICKING_SCORES = {
    "pick_f1": "F1 of empty patches",
    "pick_positions": "positions within one sample",
    "pick_recall": "recall of copies",
    "pick_precision": "precision of copies",
}
TRUE_OBJECT = Look("true object", "", "black", "", ())
TRIVIAL_RULE = Look("trivial rule", "", "black", "", (2, 2))
MOST_SETTINGS = 3  # of a figure, of four panels each


def picking_plots(subject: Subject) -> Iterator[Plot]:
    """Scores of patches and copies against SNR, if a sweep varies it and copies were picked."""
    rows = subject.rows
    if "snr" not in varied(rows) or not has_picks(rows):
        return
    every = list(panels(rows, "snr"))
    chosen = spread(every, MOST_SETTINGS)
    words = caption(
        "Picking by the posterior probability of the shifts and poses of each patch. F1 of the"
        f" class of empty patches, which hold less than {LEAST_VISIBLE_SHARE:.0%} of the energy of"
        " every copy."
        " Positions: share of the other patches whose most probable shift is within one sample of"
        " the true one along every axis. Recall, precision: share of the true copies that are"
        " listed within one sample along every axis, and share of the listed copies that are true,"
        " where any are listed. Trivial rules: every patch is empty; every patch is a whole copy."
        f" Curves: mean over independent trials ({trials_in_words(rows)} in each cell), with 95 %"
        " Student-t intervals; failed runs have no picks.",
        left_out(chosen, len(every), "settings"),
    )
    draw = partial(draw_picking, chosen, subject.looks)
    yield Plot("picking", "Picking by the posterior", words, draw)


def has_picks(rows: pd.DataFrame) -> bool:
    """Whether copies were picked in these rows, with the truth at least."""
    return "pick_f1_truth" in rows and bool(rows["pick_f1_truth"].notna().any())


def draw_picking(settings: Sequence[Panel], looks: Mapping[str, Look]) -> Figure:
    """Four panels, one for each of `PICKING_SCORES`, for each of the settings."""
    rows = pd.concat([setting.rows for setting in settings])
    present = set(rows.loc[rows["pick_f1"].notna(), "estimator"])
    shown = {label: look for label, look in looks.items() if label in present}
    entries: list[Artist] = [legend_entry(look, look.label) for look in (TRUE_OBJECT, TRIVIAL_RULE)]
    entries += [legend_entry(look, with_failures(label, rows)) for label, look in shown.items()]
    entries.append(band_entry(trials_in_words(rows)))
    drawn = [
        (column, Panel(", ".join(filter(None, [setting.title, title])), setting.rows))
        for setting in settings
        for column, title in PICKING_SCORES.items()
    ]
    figure, axes = canvas([panel for _, panel in drawn], entries, "SNR", "score")
    for axis, (column, panel) in zip(axes, drawn, strict=True):
        once = panel.rows.drop_duplicates(["cell", "trial"])  # the same for every estimator
        draw_mean(axis, once, f"{column}_trivial", TRIVIAL_RULE, banded=False)
        draw_mean(axis, once, f"{column}_truth", TRUE_OBJECT)
        for label, look in shown.items():
            part = panel.rows[panel.rows["estimator"] == label]
            draw_mean(axis, part, column, look, banded=not look.is_reference)
    points = np.sort(rows["snr"].unique().astype(float))
    log_x(axes[0], points, [f"{point:g}" for point in points])
    axes[0].set_ylim(0, 1.02)
    return figure


def draw_mean(axis: Axes, rows: pd.DataFrame, column: str, look: Look, banded: bool = True) -> None:
    """The mean of a column at each SNR, and its band, if there is such a column."""
    if column not in rows:
        return
    groups = rows.dropna(subset=[column]).groupby("snr", sort=True)[column]
    mean = groups.mean()
    if mean.empty:
        return
    if banded:
        low, high = np.array([mean_interval(values) for _, values in groups]).T
        axis.fill_between(mean.index, low, high, color=look.colour, alpha=0.16, linewidth=0)
    axis.plot(
        mean.index, mean, color=look.colour, dashes=look.dashes, marker=look.marker or None,
        markeredgecolor="white", markeredgewidth=0.6, linewidth=1.4 if banded else 1.1,
    )  # fmt: skip
