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

from mtdbench.evaluate.picking_scores import LEAST_ENERGY_SHARE
from mtdbench.figures.kinds.curves import trials_in_words, with_failures
from mtdbench.figures.layout import canvas
from mtdbench.figures.layout.bands import mean_interval
from mtdbench.figures.layout.panels import Panel, panels, spread, varied
from mtdbench.figures.layout.plot import Plot, left_out, slug
from mtdbench.figures.layout.style import Look

QUANTITIES = {
    "pick_f1": "F1 of empty patches",
    "pick_positions": "positions within one sample",
    "pick_recall": "recall of copies",
    "pick_precision": "precision of copies",
}
TRUTH = Look("true object", "", "black", "", ())
TRIVIAL = Look("trivial rule", "", "black", "", (2, 2))
MOST = 3  # settings, of four panels each


def picking_plots(sweep: str, rows: pd.DataFrame, looks: Mapping[str, Look]) -> Iterator[Plot]:
    """Scores of patches and copies against SNR, where a sweep varies it and copies were picked."""
    if "snr" not in varied(rows) or not has_picks(rows):
        return
    every = list(panels(rows, "snr"))
    chosen = spread(every, MOST)
    caption = (
        "Picking by the posterior of the views of patches. F1 of the class of empty patches, which"
        f" hold less than {LEAST_ENERGY_SHARE:.0%} of the energy of every copy. Positions: share of"
        " the other patches whose most probable shift is within one sample of the true one along"
        " every axis."
        " Recall, precision: share of the true copies that the list of copies holds within one"
        " sample along every axis, and of the list that are true, where any are listed. Trivial"
        " rules: every patch is empty; every patch is a whole copy. Curves: mean over"
        f" independent trials ({trials_in_words(rows)} in each cell), with 95 % Student-t"
        " intervals; failed runs have no picks."
        f"{left_out(chosen, len(every), 'settings')}"
    )
    yield Plot(
        slug(f"{sweep}-picking"), sweep, "Picking by the posterior", caption,
        partial(draw_picking, chosen, looks),
    )  # fmt: skip


def has_picks(rows: pd.DataFrame) -> bool:
    """Whether copies were picked in these rows, with the truth at least."""
    return "pick_f1_truth" in rows and bool(rows["pick_f1_truth"].notna().any())


def draw_picking(settings: Sequence[Panel], looks: Mapping[str, Look]) -> Figure:
    """Four panels, one for each of `QUANTITIES`, for each of the settings."""
    rows = pd.concat([setting.rows for setting in settings])
    present = set(rows.loc[rows["pick_f1"].notna(), "estimator"])
    shown = {label: look for label, look in looks.items() if label in present}
    entries: list[Artist] = [canvas.entry(look, look.label) for look in (TRUTH, TRIVIAL)]
    entries += [canvas.entry(look, with_failures(label, rows)) for label, look in shown.items()]
    entries.append(canvas.band_entry(trials_in_words(rows)))
    drawn = [
        (column, Panel(", ".join(filter(None, [setting.title, title])), setting.rows))
        for setting in settings
        for column, title in QUANTITIES.items()
    ]
    figure, axes = canvas.canvas([panel for _, panel in drawn], entries, "SNR", "score")
    for axis, (column, panel) in zip(axes, drawn, strict=True):
        once = panel.rows.drop_duplicates(["cell", "trial"])  # the same for every estimator
        draw_mean(axis, once, f"{column}_trivial", TRIVIAL, banded=False)
        draw_mean(axis, once, f"{column}_truth", TRUTH)
        for label, look in shown.items():
            part = panel.rows[panel.rows["estimator"] == label]
            draw_mean(axis, part, column, look, banded=not look.is_reference)
    points = np.sort(rows["snr"].unique().astype(float))
    canvas.log_x(axes[0], points, [f"{point:g}" for point in points])
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
