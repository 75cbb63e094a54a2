"""How much larger the errors of one table are than those of another, on the same data sets.

A group is compared by the ratio of its errors, B over A: the geometric mean over its data sets,
with Student's t interval and test of the mean logarithm. The p-values of all groups are corrected
together by Benjamini and Hochberg's procedure: if nothing has changed, the chance that any group
is called worse is at most `LEVEL`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from mtdbench.figures.layout.bands import geometric_interval, geometric_mean

LEVEL = 0.05
TOLERANCE = 0.005
"""A ratio whose logarithm is nearer to 0 is no change: runs agree up to rounding only."""
ROUNDING = 1e-9
"""Spread of logarithms below which values are the same."""


@dataclass(frozen=True)
class AccuracyChange:
    """The errors of one estimator in one cell, or in all cells of a sweep, B over A.

    Attributes
    ----------
    sweep, cell, estimator : str
        `cell` is empty for the whole sweep.
    pairs : int
        Data sets on which both tables have an error.
    ratio, low, high : float
        Geometric mean of the ratio of errors and its 95 % interval; NaN with fewer than two pairs.
    p_worse, p_better : float
        Corrected p-values of the two one-sided t tests; 1 with fewer than two pairs.
    verdict : str
        `equal` (to within `TOLERANCE`, on each data set), `worse`, `better`, `open` (neither is
        significant), or `single` (one pair, and its errors differ).
    """

    sweep: str
    cell: str
    estimator: str
    pairs: int
    ratio: float
    low: float
    high: float
    p_worse: float
    p_better: float
    verdict: str = ""


def accuracy_changes(both: pd.DataFrame) -> list[AccuracyChange]:
    """A line for each sweep and estimator, then one for each of its cells if there are several.

    Parameters
    ----------
    both : DataFrame
        Paired runs, see `mtdbench.comparison.tables_read.pair_tables`.
    """
    a, b = (both[f"error_{side}"].astype(float) for side in "ab")
    positive = np.isfinite(a) & np.isfinite(b) & (a > 0) & (b > 0)
    kept = both[positive].assign(ratio=b / a)
    found = [_compared(*group) for group in _groups(kept)]
    if not found:
        return []
    adjusted = {
        name: stats.false_discovery_control([getattr(one, name) for one in found])
        for name in ("p_worse", "p_better")
    }
    steps = zip(found, adjusted["p_worse"], adjusted["p_better"], _groups(kept), strict=True)
    return [
        _judged(replace(one, p_worse=float(p), p_better=float(q)), group[-1])
        for one, p, q, group in steps
    ]


def _groups(kept: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.Series]]:
    for (sweep, estimator), rows in kept.groupby(["sweep", "estimator"], sort=False):
        yield str(sweep), "", str(estimator), rows["ratio"]
        if rows["cell"].nunique() > 1:
            for cell, part in rows.groupby("cell", sort=False):
                yield str(sweep), str(cell), str(estimator), part["ratio"]


def _compared(sweep: str, cell: str, estimator: str, ratios: pd.Series) -> AccuracyChange:
    low, high = geometric_interval(ratios)
    worse, better = (_one_sided(np.log(ratios), side) for side in ("greater", "less"))
    middle = geometric_mean(ratios)
    return AccuracyChange(sweep, cell, estimator, len(ratios), middle, low, high, worse, better)


def _one_sided(logs: pd.Series, alternative: str) -> float:
    """The p-value that the mean is no greater (no less) than 0; 1 where it cannot be tested, and
    where nothing has changed.
    """
    if len(logs) < 2 or (abs(logs) < TOLERANCE).all():
        return 1.0
    if np.ptp(logs) < ROUNDING:  # t is infinite
        return float((logs.iloc[0] > 0) != (alternative == "greater"))
    return float(stats.ttest_1samp(logs, 0, alternative=alternative).pvalue)


def _judged(change: AccuracyChange, ratios: pd.Series) -> AccuracyChange:
    if (abs(np.log(ratios)) < TOLERANCE).all():
        return replace(change, verdict="equal")
    if change.pairs < 2:
        return replace(change, verdict="single")
    apart = abs(change.ratio - 1) >= TOLERANCE
    if apart and change.p_worse < LEVEL:
        return replace(change, verdict="worse")
    return replace(change, verdict="better" if apart and change.p_better < LEVEL else "open")
