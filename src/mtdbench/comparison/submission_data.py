"""Whether a submission was run on the published data sets: cells, seeds, data, baselines."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtdbench.comparison.submission import Submission
from mtdbench.comparison.tables_read import pair_tables

CELL_FACTS = (
    *("sweep", "space", "ndim", "window", "size", "snr", "spacing", "target", "basis"),
    "density_requested",
)
DATA_FACTS = ("density", "sigma", "target_used", "seed")
"""What differs from one data set to another: the same where the data and the seed are the same."""
BASELINES = ("oracle", "zero", "em")
ROUNDING_OF_FACTS = 1e-9
NEAR_REFERENCE = 1e-3
"""Relative difference of errors allowed for references, which solve one linear problem."""
NEAR_EM = 0.02
"""The same for the median over the runs of an iterative method, which may stop a step apart."""


def check_cells(submission: Submission) -> Iterator[str]:
    """Every cell is a published one, and is about the same problem."""
    table, known = submission.table, submission.published.whole
    theirs = known.drop_duplicates("cell").set_index("cell")
    if unknown := sorted(set(table["cell"]) - set(theirs.index)):
        yield f"not of the published study: {_some(unknown)}"
    ours = table[table["cell"].isin(theirs.index)]
    for name in [name for name in CELL_FACTS if name in table and name in theirs]:
        wrong = ~_same(ours[name], ours["cell"].map(theirs[name]))
        if wrong.any():
            yield f"another {name} than published: {_some(sorted(set(ours.loc[wrong, 'cell'])))}"


def check_data(submission: Submission) -> Iterator[str]:
    """Density, noise and seed of each data set are those of the published rows."""
    keys = ["cell", "trial"]
    known = submission.published.whole.drop_duplicates(keys)
    merged = submission.table.merge(known, on=keys, how="left", suffixes=("", "_published"))
    if lacking := sorted(set(merged.loc[merged["seed_published"].isna(), "cell"])):
        yield f"trials that are not published: {_some(lacking)}"
    merged = merged[merged["seed_published"].notna()]
    for name in [name for name in DATA_FACTS if f"{name}_published" in merged]:
        wrong = ~_same(merged[name], merged[f"{name}_published"])
        if wrong.any():
            cells = sorted(set(merged.loc[wrong, "cell"]))
            yield f"another {name} than published: {_some(cells)} ({wrong.sum()} rows)"


def check_completeness(submission: Submission) -> Iterator[str]:
    """Each estimator has a row for each published data set of each sweep that it is run on."""
    keys = ["cell", "trial"]
    planned = submission.of_touched_sweeps()[["sweep", *keys]].drop_duplicates()
    if not submission.contestants:
        yield "no estimator that is not published already"
    for (name, sweep), rows in submission.table.groupby(["estimator", "sweep"], sort=False):
        wanted = planned[planned["sweep"] == sweep]
        if (short := len(wanted) - len(rows[keys].drop_duplicates())) > 0:
            yield f"{name} lacks {short} of {len(wanted)} runs of sweep {sweep}"


def check_baselines(submission: Submission) -> Iterator[str]:
    """The rows of oracle, zero and em are there where they are published, with their errors."""
    known = submission.of_touched_sweeps()
    known = known[known["estimator"].isin(BASELINES)]
    paired = pair_tables(known, submission.table[submission.table["estimator"].isin(BASELINES)])
    for name, rows in paired.only_a.groupby("estimator", sort=False):
        yield f"{name}: {len(rows)} published runs are not repeated"
    for name, rows in paired.both.groupby("estimator", sort=False):
        a, b = (rows[f"error_{side}"].astype(float) for side in "ab")
        apart = abs(b / a - 1)
        off = float(apart.median() if name == "em" else apart.max())
        allowed = NEAR_EM if name == "em" else NEAR_REFERENCE
        if not off <= allowed:
            what = "median" if name == "em" else "largest"
            yield f"{name}: {what} deviation from the published error {off:.2g}, above {allowed:g}"


def _same(ours: pd.Series, theirs: pd.Series) -> pd.Series:
    """Whether values agree: numbers up to rounding, text exactly; what is not there is the same."""
    missing = ours.isna() & theirs.isna()
    if pd.api.types.is_numeric_dtype(ours) and pd.api.types.is_numeric_dtype(theirs):
        a, b = ours.to_numpy(float), theirs.to_numpy(float)
        return missing | pd.Series(np.isclose(a, b, rtol=ROUNDING_OF_FACTS, atol=0), ours.index)
    return missing | (ours.fillna("").astype(str) == theirs.fillna("").astype(str))


def _some(names: list[str], most: int = 3) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} others" if rest > 0 else "")
