"""The tracks of the leaderboard: published runs of like problems, and who takes part."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from mtdbench.model.spacing import DEFAULT_SPACING, Spacing
from mtdbench.results.reader import Results

DIMENSIONS = {1: "1-D", 2: "2-D", 3: "3-D"}
SPACINGS = {
    str(Spacing.WELL_SEPARATED): "well separated",
    str(Spacing.ARBITRARY): "arbitrary spacing",
}
DATA_SET = ["study", "cell", "trial"]
"""Columns that name a data set among several studies."""


@dataclass(frozen=True)
class Track:
    """Runs on whole measurements of one dimension and one kind of spacing.

    Attributes
    ----------
    name : str
        As `1-D, well separated`.
    rows : DataFrame
        Of several studies, one row for each run; the column `is_reference` says whose are not
        ranked.
    """

    name: str
    rows: pd.DataFrame


def tracks(studies: Iterable[Results]) -> Iterator[Track]:
    """The tracks in which anything was run, by dimension and spacing.

    Estimators go by their labels, the same label in all studies. Labels that differ only by the
    value of a swept option are left out: these are no contestants but one contestant's settings.
    Left out too are measurements from files, on which nobody knows an error.
    """
    every = pd.concat([_contestants(study) for study in studies], ignore_index=True)
    for ndim, dimension in DIMENSIONS.items():
        for spacing, words in SPACINGS.items():
            rows = every[(every["ndim"] == ndim) & (every["spacing"] == spacing)]
            if len(rows):
                yield Track(f"{dimension}, {words}", rows)


def _contestants(study: Results) -> pd.DataFrame:
    rows = study.whole
    swept = rows["estimator"].astype(str).str.contains(r" \S+=", regex=True)
    method = rows.get("method", rows["estimator"]).fillna(rows["estimator"])
    spacing = rows.get("spacing", pd.Series(DEFAULT_SPACING, rows.index)).fillna(DEFAULT_SPACING)
    known = rows.assign(
        is_reference=method.isin(study.references), method=method, spacing=spacing.astype(str)
    )
    return known[~swept & known["snr"].notna()]
