"""A submission to the leaderboard beside the published study that it claims to have run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench.comparison.tables_read import read_table
from mtdbench.errors import InputError
from mtdbench.files import is_file, is_folder, read_facts
from mtdbench.results.reader import Results

CARD = "submission.json"
"""The file beside the table that says whose it is."""


@dataclass(frozen=True)
class Submission:
    """What `mtdbench verify` checks.

    Attributes
    ----------
    card : dict
        The content of `submission.json`; empty where there is none that can be read.
    table : DataFrame
    published : Results
        The published study of that name.
    """

    card: dict[str, Any]
    table: pd.DataFrame
    published: Results

    @property
    def contestants(self) -> list[str]:
        """The estimators that the published study does not have."""
        known = set(self.published.table["estimator"])
        return [name for name in dict.fromkeys(self.table["estimator"]) if name not in known]

    def of_touched_sweeps(self) -> pd.DataFrame:
        """The published runs of the sweeps that the submission has runs of."""
        whole = self.published.whole
        return whole[whole["sweep"].isin(self.table["sweep"])]


def read_submission(path: Path, published: Path) -> Submission:
    """The submission in a folder, or in a table's file with `submission.json` beside it.

    Raises
    ------
    InputError
        If there is no readable table, it is of more than one study, or of one that is not among
        the folders of `published`.
    """
    table = read_table(path)
    studies = sorted(set(table["study"].astype(str)))
    if len(studies) != 1:
        raise InputError(f"'{path}' has rows of {len(studies)} studies: expected those of one")
    folder = published / studies[0]
    if not is_file(folder / "table.parquet"):
        raise InputError(
            f"study '{studies[0]}' is not published in '{published}': expected one of"
            f" {', '.join(sorted(p.parent.name for p in published.glob('*/table.parquet')))}"
        )
    return Submission(
        read_facts((path if is_folder(path) else path.parent) / CARD), table, Results.load(folder)
    )
