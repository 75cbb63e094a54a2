"""How much longer the runs of one table took than those of another, on the same data sets."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import median_interval, positive_median
from mtdbench.run.status import Status

ENDED = [str(status) for status in Status if status.ended]


@dataclass(frozen=True)
class TimeChange:
    """The CPU times of one estimator in a sweep, B over A: median ratio over the pairs of runs.

    `low` and `high` are order statistics that hold the median with at least 95 %, of fewer than six
    pairs their range.
    """

    sweep: str
    estimator: str
    pairs: int
    ratio: float
    low: float
    high: float


def time_changes(both: pd.DataFrame) -> list[TimeChange]:
    """A line for each sweep and estimator, from the runs that ended as planned in both tables."""
    ended = both["status_a"].isin(ENDED) & both["status_b"].isin(ENDED)
    ratios = (both["cpu_seconds_b"] / both["cpu_seconds_a"]).astype(float)
    kept = both.assign(ratio=ratios)[ended & np.isfinite(ratios) & (ratios > 0)]
    return [
        TimeChange(
            str(sweep), str(estimator), len(rows), positive_median(rows["ratio"]),
            *median_interval(rows["ratio"]),
        )
        for (sweep, estimator), rows in kept.groupby(["sweep", "estimator"], sort=False)
    ]  # fmt: skip
