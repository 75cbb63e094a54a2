"""All that differs between two tables of the same study: `mtdbench diff`."""

from dataclasses import dataclass

import pandas as pd

from mtdbench.comparison.accuracy_changes import AccuracyChange, accuracy_changes
from mtdbench.comparison.tables_read import RUN_KEY, pair_tables
from mtdbench.comparison.time_changes import ENDED, TimeChange, time_changes
from mtdbench.errors import InputError
from mtdbench.run.status import Status

OWN_FAILURES = [str(Status.CRASHED), str(Status.DIVERGED)]
"""Failures that do not depend on how fast a machine is, or on how much memory it has."""


@dataclass(frozen=True)
class StatusChange:
    """A run that ended otherwise."""

    sweep: str
    cell: str
    trial: int
    estimator: str
    before: str
    after: str
    reason: str

    @property
    def is_worse(self) -> bool:
        """Whether a run that ended as planned now fails for a reason of its own."""
        return self.before in ENDED and self.after in OWN_FAILURES


@dataclass(frozen=True)
class Difference:
    """What two tables have in common, and what changed from A to B.

    Attributes
    ----------
    pairs : int
        Runs that both have.
    only_a, only_b : DataFrame
        Rows of one side, with the columns that name a run.
    """

    pairs: int
    only_a: pd.DataFrame
    only_b: pd.DataFrame
    accuracy: list[AccuracyChange]
    time: list[TimeChange]
    statuses: list[StatusChange]

    @property
    def is_worse(self) -> bool:
        """Whether B is significantly less accurate than A anywhere, or fails where A did not."""
        worse = any(change.verdict == "worse" for change in self.accuracy)
        return worse or any(change.is_worse for change in self.statuses)


def difference(a: pd.DataFrame, b: pd.DataFrame) -> Difference:
    """Compare two tables, see `mtdbench.comparison.tables_read.read_table`.

    Raises
    ------
    InputError
        If they have no run in common.
    """
    paired = pair_tables(a, b)
    if paired.both.empty:
        raise InputError(
            "the two tables have no run in common: expected the same sweeps, cells and estimators"
        )
    return Difference(
        len(paired.both),
        paired.only_a[RUN_KEY],
        paired.only_b[RUN_KEY],
        accuracy_changes(paired.both),
        time_changes(paired.both),
        _statuses(paired.both),
    )


def _statuses(both: pd.DataFrame) -> list[StatusChange]:
    changed = both[both["status_a"] != both["status_b"]]
    names = ["sweep", "cell", "trial", "estimator", "status_a", "status_b", "reason_b"]
    return [
        StatusChange(
            str(sweep), str(cell), int(trial), str(name), str(before), str(after), _text(reason)
        )
        for sweep, cell, trial, name, before, after, reason in changed[names].itertuples(
            index=False, name=None
        )
    ]


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]
