"""What contestants are ranked by: accuracy, reach and speed, each as logarithms to be compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtdbench.comparison.time_changes import ENDED
from mtdbench.comparison.tracks import DATA_SET

BAR = 0.5
"""An error below it is a success: half of that of the estimate 0."""
AXES = ("snr", "size")
FIXED = ("study", "sweep", "space", "window", "size", "snr", "density_requested", "target", "basis")
Values = tuple[pd.DataFrame, np.ndarray]


@dataclass(frozen=True)
class Score:
    """A way of ranking.

    Attributes
    ----------
    name, definition : str
        What it is, in one sentence.
    unit : str
        What a score is a multiple of.
    base : str
        The reference that has score 1; empty if the best contestant has.
    values : callable
        From the rows of a track, the logarithms of what is compared (a row for each comparison, a
        column for each contestant, NaN where it has none), and the cluster of each row: its cell.
        Less is better.
    """

    name: str
    definition: str
    unit: str
    base: str
    values: Callable[[pd.DataFrame], Values]


def accuracy_values(rows: pd.DataFrame) -> Values:
    """The logarithm of the error on each data set; a run without an error counts as the error 1
    of the estimate 0.
    """
    errors = rows["error"].astype(float)
    errors = errors.where(np.isfinite(errors), 1.0)
    return _by_data_set(rows.assign(value=np.log(errors.where(errors > 0))))


def speed_values(rows: pd.DataFrame) -> Values:
    """The logarithm of the CPU seconds of each run that ended as planned with an error below the
    bar; of contestants alone: a reference is told the answer.
    """
    good = rows["status"].isin(ENDED) & (rows["error"] < BAR) & ~rows["is_reference"]
    times = rows["cpu_seconds"].astype(float)
    return _by_data_set(rows.assign(value=np.log(times.where(good & (times > 0)))))


def reach_values(rows: pd.DataFrame) -> Values:
    """The logarithm of the lowest rung from which on the error is below the bar, on each ladder:
    cells that differ in their SNR alone, or in their size alone, trial by trial. One that never
    succeeds counts as one rung above the ladder. Each trial of a ladder is a cluster.
    """
    found = [_reached(ladder, axis) for axis in AXES for ladder in _ladders(rows, axis)]
    if not found:
        return pd.DataFrame(), np.zeros(0, int)
    values = pd.concat(found, ignore_index=True)
    return values, np.arange(len(values))


def _by_data_set(rows: pd.DataFrame) -> Values:
    values = rows.pivot_table("value", DATA_SET, "estimator", dropna=True, sort=False)
    kept = values[values.notna().sum(axis=1) > 1].dropna(axis="columns", how="all")
    cells = pd.MultiIndex.from_arrays([kept.index.get_level_values(n) for n in ("study", "cell")])
    return kept, np.asarray(cells.factorize()[0])


def _ladders(rows: pd.DataFrame, axis: str) -> Iterator[pd.DataFrame]:
    """Groups of rows that differ in this axis alone, with at least three values of it."""
    same = [name for name in FIXED if name != axis and name in rows]
    for _, group in rows.groupby(same, dropna=False, sort=False):
        if group[axis].nunique() > 2:
            yield group


def _reached(ladder: pd.DataFrame, axis: str) -> pd.DataFrame:
    """The logarithm of the rung that each contestant needs, by trial."""
    success = (ladder["error"] < BAR).astype(float)
    wide = ladder.assign(value=success).pivot_table(
        "value", ["trial", "estimator"], axis, dropna=False, observed=True
    )
    rungs = wide.columns.to_numpy(float)
    complete = wide.dropna()
    above = rungs[-1] * rungs[-1] / rungs[-2]
    held = np.flip(np.cumprod(np.flip(complete.to_numpy(), axis=1), axis=1), axis=1)
    first = len(rungs) - held.sum(axis=1).astype(int)
    needed = np.append(rungs, above)[first]
    found = pd.DataFrame({"needed": np.log(needed)}, complete.index)
    return found.pivot_table("needed", "trial", "estimator")


SCORES = (
    Score(
        "accuracy",
        "The error as a multiple of the oracle's on the same data set, geometric mean; a run"
        " without an estimate counts with error 1.",
        "× the oracle’s error",
        "oracle",
        accuracy_values,
    ),
    Score(
        "reach",
        f"The lowest SNR, or the smallest size, from which on the error stays below {BAR:g}, as a"
        " multiple of what the oracle needs, geometric mean over the sweeps and their trials.",
        "× what the oracle needs",
        "oracle",
        reach_values,
    ),
    Score(
        "speed",
        f"The CPU time of the runs with an error below {BAR:g}, as a multiple of the fastest"
        " contestant's on the same data set, geometric mean.",
        "× the least CPU time",
        "",
        speed_values,
    ),
)
