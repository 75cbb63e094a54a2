"""Tables of results read from a folder or a file, and two of them paired row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mtdbench.errors import InputError
from mtdbench.files import first_line, is_file, is_folder
from mtdbench.results.columns import TABLE, TEXT
from mtdbench.results.parquet_table import read_parquet
from mtdbench.results.reader import read_study_table
from mtdbench.results.table_form import check_form

RUN_KEY = ["sweep", "cell", "trial", "estimator"]
"""Columns that name a run of a study."""
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".parquet": read_parquet,
    ".csv": lambda path: pd.read_csv(path, dtype=_texts(), keep_default_na=False, na_values=[""]),
}


@dataclass(frozen=True)
class PairedTables:
    """Two tables by the runs that they share.

    Attributes
    ----------
    both : DataFrame
        One row for each run of both; columns other than `RUN_KEY` end in `_a` and `_b`.
    only_a, only_b : DataFrame
        The rows without a partner.
    """

    both: pd.DataFrame
    only_a: pd.DataFrame
    only_b: pd.DataFrame


def read_table(path: Path) -> pd.DataFrame:
    """The table in a study's folder, or in a `.parquet` or `.csv` file.

    Raises
    ------
    InputError
        If there is none, it cannot be read, it lacks a column, or a run occurs in it twice.
    """
    table = read_study_table(path) if is_folder(path) else _read_file(path)
    check_form(table, path)
    twice = table[table.duplicated(RUN_KEY)]
    if len(twice):
        run = " ".join(f"{key} {twice.iloc[0][key]}" for key in RUN_KEY[1:])
        raise InputError(f"'{path}' has two rows for {run}: expected one for each run")
    return table


def pair_tables(a: pd.DataFrame, b: pd.DataFrame) -> PairedTables:
    """The runs that two tables share, by sweep, cell, trial and estimator."""
    both = a.merge(b, on=RUN_KEY, suffixes=("_a", "_b"), sort=False)
    keys_a, keys_b = (pd.MultiIndex.from_frame(table[RUN_KEY]) for table in (a, b))
    return PairedTables(both, a[~keys_a.isin(keys_b)], b[~keys_b.isin(keys_a)])


def _read_file(path: Path) -> pd.DataFrame:
    if path.suffix not in READERS or not is_file(path):
        raise InputError(
            f"no table '{path}': expected a study's folder, or a file .parquet or .csv"
        )
    try:
        return READERS[path.suffix](path)
    except InputError:
        raise
    except Exception as error:  # a decoder may raise anything on a broken file
        reason = first_line(error)
        raise InputError(f"cannot read '{path}': {reason} (expected a table)") from error


def _texts() -> dict[str, str]:
    return {column.name: "str" for column in TABLE if column.dtype == TEXT}
