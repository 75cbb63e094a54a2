"""Reads a table from Parquet, whoever wrote it."""

from pathlib import Path

import pandas as pd

from mtdbench.errors import InputError
from mtdbench.files import first_line


def read_parquet(path: Path) -> pd.DataFrame:
    """The table in a file of Parquet.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        return pd.read_parquet(path)
    except Exception as error:  # a decoder may raise anything on a broken file
        raise InputError(
            f"cannot read '{path}': {first_line(error)} (expected a Parquet table)"
        ) from error
