"""Error against time: the error of the latest estimate after so many CPU seconds."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.bands import GEOMETRIC, geometric_interval, geometric_mean
from mtdbench.figures.layout.canvas import canvas
from mtdbench.figures.layout.legend import (
    band_entry,
    legend_entry,
    trials_in_words,
    with_failures,
)
from mtdbench.figures.layout.panels import Panel, are_from_files, examples
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import Look
from mtdbench.figures.layout.ticks import log_time, log_y

MOST_PROGRESS = 6  # panels
TIME_POINTS = 60
SNAPSHOT_COLUMNS = {"cell", "trial", "estimator", "cpu_seconds", "error"}


def progress_plots(subject: Subject) -> Iterator[Plot]:
    """Error against time, if snapshots were kept."""
    rows, history = subject.rows, subject.results.history
    if history.empty or not SNAPSHOT_COLUMNS.issubset(history):
        return
    history = history[history["estimator"].isin(rows["estimator"].unique())]
    if are_from_files(rows):
        return  # there is no error
    kept = rows[rows["cell"].isin(history["cell"].unique())]
    chosen = [
        Panel(panel.title, history[history["cell"].isin(panel.rows["cell"].unique())])
        for panel in examples(kept, MOST_PROGRESS)
    ]
    if not chosen:
        return
    words = caption(
        "Relative error of the latest estimate after so many CPU seconds, set-up not counted."
        f" Curves: {GEOMETRIC.words} ({trials_in_words(rows)} in each cell); they begin when every"
        " trial has an estimate, and a trial that has ended keeps its last one. Single points:"
        " methods that yield once.",
        left_out(chosen, rows["cell"].nunique()),
    )
    draw = partial(draw_progress, chosen, rows, subject.looks)
    yield Plot("error-time", "Error against time", words, draw)


def draw_progress(
    panels: Sequence[Panel], table: pd.DataFrame, looks: Mapping[str, Look]
) -> Figure:
    """Relative error against CPU seconds, one panel of snapshots for each of `panels`."""
    rows = pd.concat([panel.rows for panel in panels])
    table = table[table["cell"].isin(rows["cell"].unique())]
    present = set(rows["estimator"])
    shown = {label: look for label, look in looks.items() if label in present}
    entries: list[Artist] = [
        legend_entry(look, with_failures(label, table)) for label, look in shown.items()
    ]
    entries.append(band_entry(trials_in_words(table)))
    figure, axes = canvas(panels, entries, "CPU time (s)", "relative error")
    for axis, panel in zip(axes, panels, strict=True):
        for label, look in shown.items():
            part = panel.rows[panel.rows["estimator"] == label]
            draw_reference(axis, part, look) if look.is_reference else draw_run(axis, part, look)
    log_time(axes[0])
    log_y(axes)
    return figure


def draw_run(axis: Axes, rows: pd.DataFrame, look: Look) -> None:
    """The mean latest error at each time, with its band; a point if a method yields only once."""
    times, errors = latest_errors(rows)
    if not len(times):
        return
    means = np.array([geometric_mean(column) for column in errors.T])
    low, high = np.array([geometric_interval(column) for column in errors.T]).T
    style: dict[str, Any] = {
        "color": look.colour,
        "marker": look.marker,
        "markeredgecolor": "white",
    }
    if len(times) == 1:
        span = np.nan_to_num([means - low, high - means])
        axis.errorbar(times, means, span, markeredgewidth=0.6, **style)
        return
    axis.fill_between(times, low, high, color=look.colour, alpha=0.16, linewidth=0)
    axis.plot(
        times, means, dashes=look.dashes, markevery=[len(times) - 1],
        markeredgewidth=0.6, **style,
    )  # fmt: skip


def draw_reference(axis: Axes, rows: pd.DataFrame, look: Look) -> None:
    """A grey line at the mean error of a reference."""
    level = geometric_mean(rows["error"])
    if np.isfinite(level):
        axis.axhline(level, color=look.colour, linewidth=1.1, dashes=look.dashes)


def latest_errors(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The error of each trial's latest estimate at common times: shapes (m,) and (trials, m).

    Times run, evenly on a logarithmic scale, from when the last trial has its first estimate to
    when the last trial ends; a trial that has ended keeps its last estimate. One time only
    if every trial has one estimate.
    """
    good = rows[np.isfinite(rows["error"].astype(float)) & (rows["cpu_seconds"] > 0)]
    runs = [run.sort_values("cpu_seconds") for _, run in good.groupby("trial", sort=True)]
    if not runs:
        return np.empty(0), np.empty((0, 0))
    start = max(run["cpu_seconds"].iloc[0] for run in runs)
    end = max(run["cpu_seconds"].iloc[-1] for run in runs)
    once = all(len(run) == 1 for run in runs) or end <= start
    times = np.array([end]) if once else np.geomspace(start, end, TIME_POINTS)
    errors = [_held(run["cpu_seconds"].to_numpy(), run["error"].to_numpy(), times) for run in runs]
    return times, np.array(errors)


def _held(seconds: np.ndarray, errors: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The error of the last snapshot before each time."""
    last = np.searchsorted(seconds, times * (1 + 1e-12), side="right") - 1
    return np.asarray(errors[np.maximum(last, 0)])
