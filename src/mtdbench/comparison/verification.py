"""Whether a submitted table is what it says: the laws that `mtdbench verify` checks one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mtdbench.comparison.submission import Submission
from mtdbench.comparison.submission_data import (
    check_baselines,
    check_cells,
    check_completeness,
    check_data,
)
from mtdbench.comparison.submission_form import check_card, check_columns, check_origin
from mtdbench.comparison.submission_runs import check_errors, check_statuses, check_times

SubmissionLaw = Callable[[Submission], Iterator[str]]
"""Yields a line for each fault; none if the law holds."""

LAWS: dict[str, SubmissionLaw] = {
    "columns and their types": check_columns,
    "who submits, and which commit": check_card,
    "version and commit of mtdbench": check_origin,
    "cells are those of the published study": check_cells,
    "data sets and seeds are the published ones": check_data,
    "no row is left out": check_completeness,
    "statuses and reasons": check_statuses,
    "errors": check_errors,
    "baselines agree with the published rows": check_baselines,
    "times are plausible": check_times,
}


@dataclass(frozen=True)
class Verdict:
    """One law, and what was found against it."""

    law: str
    faults: tuple[str, ...]


def verify(submission: Submission) -> Iterator[Verdict]:
    """Check the laws in turn; one that cannot be checked, for want of a column say, fails."""
    for law, check in LAWS.items():
        try:
            faults = tuple(check(submission))
        except Exception as error:  # a submission may hold anything
            faults = (f"cannot be checked: {' '.join(str(error).split())}",)
        yield Verdict(law, faults)
