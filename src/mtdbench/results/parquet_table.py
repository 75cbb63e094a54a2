"""Reads a table from Parquet, whoever wrote it."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet

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
        # First as Arrow has it, whose checks keep pandas from reading where there is nothing.
        pyarrow.parquet.read_table(path).validate(full=True)
        return pd.read_parquet(path)
    except Exception as error:  # a decoder may raise anything on a broken file
        raise InputError(
            f"cannot read '{path}': {first_line(error)} (expected a Parquet table)"
        ) from error
