"""Who has the smallest error in a sweep, where, and by how much: paired comparisons of estimators.

Runs on the same data set are paired. An estimator is compared with another by the ratio of their
errors: its geometric mean over the pairs, with Student's t interval of the mean logarithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import (
    bootstrap,
    geometric_interval,
    geometric_mean,
    root_mean_square,
)
from mtdbench.figures.layout.style import Look

EQUAL = 0.005  # a ratio this near to 1 is printed as 1.00, and is a tie whatever its interval


@dataclass(frozen=True)
class Ratio:
    """A ratio with its 95 % interval, which is NaN where there are fewer than two values."""

    value: float
    low: float
    high: float

    @property
    def is_one(self) -> bool:
        """Whether the interval holds 1, or the ratio is as good as 1."""
        return self.low <= 1 <= self.high or abs(self.value - 1) < EQUAL

    @property
    def has_interval(self) -> bool:
        """Whether there were two values at least."""
        return bool(np.isfinite(self.low))


@dataclass(frozen=True)
class SweepFinding:
    """The cells of a sweep in which one estimator, or one tie of several, has the smallest error.

    Attributes
    ----------
    cells : tuple of str
        Where, by the cells' names.
    best : str
        The estimator with the smallest geometric mean error over these cells.
    ties : dict
        Those that cannot be told from it over these cells, each with the ratio of the best one's
        error to its own; the nearest comes first.
    beaten : dict
        The others, in the same order.
    rivals : int
        How many estimators ran in these cells, references aside.
    error : float
        The best one's geometric mean error.
    to_bound : Ratio
        Its root mean square error in units of the Cramér-Rao bound for patches, with the interval
        of the bootstrap; NaN where no bound was computed.
    """

    cells: tuple[str, ...]
    best: str
    ties: Mapping[str, Ratio]
    beaten: Mapping[str, Ratio]
    rivals: int
    error: float
    to_bound: Ratio


def findings(rows: pd.DataFrame, looks: Mapping[str, Look]) -> list[SweepFinding]:
    """What a sweep found: a finding for each estimator that is the best in some of its cells.

    Cells are one finding if the best of some tie with the best of the others.

    References give a scale; they are never the best. A run that failed counts with the error that
    its last estimate has, and not at all if it gave none.

    Parameters
    ----------
    rows : DataFrame
        The runs of one sweep, on whole measurements.
    looks : mapping
        The estimators of the study; says which are references.
    """
    errors = paired_errors(rows, looks)
    cells: dict[str, list[str]] = {}
    for cell, best in best_by_cell(errors).items():
        cells.setdefault(best, []).append(cell)
    return _joined([_finding(rows, errors, places) for places in cells.values()], rows, errors)


def _joined(
    found: list[SweepFinding], rows: pd.DataFrame, errors: pd.DataFrame
) -> list[SweepFinding]:
    """The findings, those put together of which the best of each ties with that of the other."""
    joined: list[SweepFinding] = []
    for one in found:
        ties = [one.best in other.ties and other.best in one.ties for other in joined]
        i = next((i for i, is_tie in enumerate(ties) if is_tie), None)
        if i is None:
            joined.append(one)
        else:
            joined[i] = _finding(rows, errors, [*joined[i].cells, *one.cells])
    return joined


def paired_errors(rows: pd.DataFrame, looks: Mapping[str, Look]) -> pd.DataFrame:
    """Errors of which there is a logarithm, else NaN: rows are data sets, references left out."""
    estimators = [name for name, look in looks.items() if not look.is_reference]
    rows = rows[rows["estimator"].isin(estimators)]
    errors = rows["error"].astype(float)
    kept = rows.assign(error=errors.where(np.isfinite(errors) & (errors > 0)))
    found = kept.pivot_table("error", ["cell", "trial"], "estimator", sort=False, dropna=False)
    return found.reindex(columns=[name for name in estimators if name in found])


def best_by_cell(errors: pd.DataFrame) -> dict[str, str]:
    """The estimator with the smallest error in each cell in which any has one."""
    bests = {str(cell): best_of(part) for cell, part in errors.groupby(level="cell", sort=False)}
    return {cell: best for cell, best in bests.items() if best is not None}


def best_of(errors: pd.DataFrame) -> str | None:
    """The estimator with the smallest geometric mean error, from a row for each data set.

    Only those count that have an error on at least half of the data sets on which any has one.
    They are compared on the data sets on which all of them have one, if there are any.
    """
    scored = errors.dropna(how="all")
    often = scored.loc[:, scored.notna().sum() * 2 >= max(len(scored), 1)]
    common = often.dropna()
    means = np.log(common if len(common) else often).mean()
    return None if means.isna().all() else str(means.idxmin())


def paired_ratio(one: pd.Series, other: pd.Series) -> Ratio:
    """The ratio of two estimators' errors over the data sets on which both have one."""
    ratios = (one / other).dropna()
    return Ratio(geometric_mean(ratios), *geometric_interval(ratios))


def _finding(rows: pd.DataFrame, errors: pd.DataFrame, cells: list[str]) -> SweepFinding:
    """What these cells show; at least one estimator has an error there."""
    here = errors[errors.index.isin(cells, level="cell")]
    best = str(best_of(here))
    ratios = {str(name): paired_ratio(here[best], here[name]) for name in here if name != best}
    known = {name: ratio for name, ratio in ratios.items() if np.isfinite(ratio.value)}
    order = sorted(known, key=lambda name: -known[name].value)
    runs = rows[rows["cell"].isin(cells)]
    return SweepFinding(
        tuple(cells),
        best,
        {name: known[name] for name in order if known[name].is_one},
        {name: known[name] for name in order if not known[name].is_one},
        runs.loc[runs["estimator"].isin(errors), "estimator"].nunique(),
        geometric_mean(here[best]),
        _to_bound(runs[runs["estimator"] == best]),
    )


def _to_bound(runs: pd.DataFrame) -> Ratio:
    if "bound" not in runs:
        return Ratio(np.nan, np.nan, np.nan)
    shares = (runs["error"] / runs["bound"]).astype(float)
    return Ratio(root_mean_square(shares), *bootstrap(shares))
