"""Rows into tables, by their columns."""

from collections.abc import Iterable, Mapping
from math import nan
from typing import TYPE_CHECKING, Any

from mtdbench.results.columns import Column

if TYPE_CHECKING:
    import pandas as pd


def complete_row(values: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """A row with all columns in their order, NaN where there is no value.

    Raises
    ------
    KeyError
        If there is a value of no column.
    """
    names = [column.name for column in columns]
    if undeclared := values.keys() - set(names):
        raise KeyError(f"no column is declared for {', '.join(sorted(undeclared))}")
    return {name: values.get(name, nan) for name in names}


def tabulate(rows: Iterable[Mapping[str, Any]], columns: Iterable[Column]) -> "pd.DataFrame":
    """A table with these columns, and with types that do not depend on what the rows hold."""
    import pandas as pd  # here: rows are made without it

    columns = tuple(columns)
    frame = pd.DataFrame(list(rows), columns=[column.name for column in columns])
    for column in columns:
        values = frame[column.name]
        text = column.dtype == "str"
        frame[column.name] = (values.astype(object).fillna("") if text else values).astype(
            column.dtype
        )
    return frame
