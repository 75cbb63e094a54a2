"""Whether the runs of a submission can be as they say: statuses, errors, times."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtdbench.comparison.submission import Submission
from mtdbench.comparison.tables_read import pair_tables
from mtdbench.comparison.time_changes import ENDED, time_changes
from mtdbench.run.status import Status

SLACK = 1.2
"""Times a limit that a run may have used: it is stopped from outside, a little later."""
FASTEST, SLOWEST = 0.1, 10.0
"""Ratio of a machine's times of the baselines to the published ones that is believed."""
OWN_STATUSES = {str(status) for status in Status} - {"lost"}
"""What may become of a run; a lost one has to be run again before a submission."""


def check_statuses(submission: Submission) -> Iterator[str]:
    """Every status is known, none is lost, failures say why."""
    table = submission.table
    for status, rows in table.groupby(table["status"].fillna("").astype(str)):
        if status not in OWN_STATUSES:
            yield f"status '{status}' of {len(rows)} runs: expected {', '.join(map(str, Status))}"
    failed = ~table["status"].isin([*ENDED, "lost"])
    silent = failed & (table["reason"].fillna("") == "")
    if silent.any():
        yield f"{silent.sum()} failed runs without a reason"


def check_errors(submission: Submission) -> Iterator[str]:
    """Runs that ended as planned have an error, which is positive."""
    table = submission.table
    errors = table["error"].astype(float)
    empty = table["status"].isin(ENDED) & ~np.isfinite(errors)
    if empty.any():
        yield f"{empty.sum()} runs that ended as planned without an error"
    if (errors < 0).any():
        yield f"{(errors < 0).sum()} negative errors"
    new = table["estimator"].isin(submission.contestants)
    known = new & table["bound_known"].notna() if "bound_known" in table else new & False
    if known.any():
        shares = (errors / table["bound_known"])[known].astype(float)
        if shares.median() < 0.5:
            yield (
                f"the median error is {shares.median():.2g} times the bound for one who knows"
                " places and poses: expected at least half of it"
            )


def check_times(submission: Submission) -> Iterator[str]:
    """Times are positive, within the study's limits, no more than the threads can use; the
    baselines take as long as published up to the machine.
    """
    table = submission.table
    wall, cpu = (table[f"{kind}_seconds"].astype(float) for kind in ("wall", "cpu"))
    ended = table["status"].isin(ENDED)
    negative = ended & ~((wall > 0) & (cpu >= 0))
    if negative.any():
        yield f"{negative.sum()} runs that ended as planned without a time"
    limits = submission.published.study.get("limits") or {}
    seconds = float(limits.get("seconds") or np.inf)
    if (wall > SLACK * seconds).any():
        yield f"wall time {wall.max():.3g} s, above the study's limit of {seconds:g} s"
    threads = table.get("threads", pd.Series(1, table.index)).astype(float)
    above = cpu > SLACK * threads * wall + 1
    if above.any():
        yield f"{above.sum()} runs with more CPU time than their threads have in the wall time"
    yield from _against_published(submission)


def _against_published(submission: Submission) -> Iterator[str]:
    paired = pair_tables(submission.of_touched_sweeps(), submission.table)
    for change in time_changes(paired.both[paired.both["estimator"] == "em"]):
        if not FASTEST <= change.ratio <= SLOWEST:
            yield (
                f"{change.estimator} on {change.sweep} took {change.ratio:.2g} times as long as"
                f" published: expected {FASTEST:g} to {SLOWEST:g} times"
            )
