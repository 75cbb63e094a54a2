"""Whether a table can be read as one of runs: the columns that it needs, and what they hold."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from mtdbench.errors import InputError
from mtdbench.results.columns import FLOAT, TABLE, TEXT, Column

NAMES = ("study", "sweep", "cell", "space", "estimator", "status")
"""Text that may not be missing."""
LARGEST_WHOLE = 2**63
"""What a column of whole numbers can hold."""


def check_form(table: pd.DataFrame, path: Path) -> None:
    """Check that the required columns are there, with the types that they are declared with.

    Raises
    ------
    InputError
        If the table has no rows, or a column is missing or holds something else.
    """
    required = [column for column in TABLE if column.required]
    names = [name for name in table if isinstance(name, str)]
    if len(set(names)) < len(table.columns):
        raise InputError(f"'{path}' has columns without a name of their own: expected one for each")
    if missing := [column.name for column in required if column.name not in table]:
        raise InputError(
            f"'{path}' has no column '{missing[0]}': expected a table written by mtdbench table"
        )
    if table.empty:
        raise InputError(f"'{path}' has no rows: expected one for each run")
    check_types(table, path, required)


def check_types(table: pd.DataFrame, path: Path, columns: Iterable[Column]) -> None:
    """Check that those of the columns that are there have the types that they are declared with.

    Raises
    ------
    InputError
        If a column holds something else.
    """
    for column in columns:
        if column.name in table and (wrong := _wrong(table[column.name], column)):
            raise InputError(f"'{path}', column '{column.name}': {wrong}")


def _wrong(values: pd.Series, column: Column) -> str:
    """What is wrong with the values of a column, and what was expected; empty if nothing is."""
    if column.dtype == TEXT:
        texts = values.dropna()
        other = next((v for v in texts if not isinstance(v, str)), None)
        if other is not None:
            return f"{str(other)[:40]!r} of type {type(other).__name__}, expected text"
        lacking = column.name in NAMES and (len(texts) < len(values) or (texts == "").any())
        return "a row without a name, expected text in all" if lacking else ""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return f"holds {values.dtype}, expected numbers"
    if pd.api.types.is_complex_dtype(values):
        return "holds complex numbers, expected real ones"
    return "" if column.dtype == FLOAT else _not_whole(values, column)


def _not_whole(values: pd.Series, column: Column) -> str:
    if column.required and values.isna().any():
        return "a row without a number, expected whole numbers in all"
    numbers = values.dropna().to_numpy(dtype=float)
    wrong = numbers[~((numbers == np.round(numbers)) & (np.abs(numbers) <= LARGEST_WHOLE))]
    return f"{wrong[0]:g}, expected whole numbers" if len(wrong) else ""
