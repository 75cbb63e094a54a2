"""What the page holds for its scripts: every run, and the libraries, packed to be small."""

import gzip
import json
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from mtdbench.report.content import HEADINGS, TEXT_HEADINGS, shown_columns
from mtdbench.report.repeat_command import command
from mtdbench.results.reader import Results

LIBRARIES = {
    "plotly": ("plotly.package_data", "plotly.min.js"),
    "datatables": ("itables.html", "dt_bundle.js"),
}
"""The JavaScript that two Python packages bring: Plotly's charts, and the tables of DataTables."""


def packed(text: str) -> str:
    """Text as gzip in base64, the same for the same text: what a browser's scripts unpack."""
    return b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")


@cache
def packed_libraries() -> dict[str, str]:
    """The libraries by their names, packed."""
    return {
        name: packed(files(package).joinpath(file).read_text(encoding="utf-8"))
        for name, (package, file) in LIBRARIES.items()
    }


def packed_runs(results: Results) -> str:
    """Every column of every run, the command that repeats it, and how they are shown; packed."""
    table = results.table
    columns = {str(name): json_values(table[name]) for name in table}
    columns["command"] = [command(row, results.study) for row in table.to_dict("records")]
    shown = [
        {
            "name": name,
            "heading": HEADINGS[name],
            "isText": HEADINGS[name] in TEXT_HEADINGS,
        }
        for name in shown_columns(table)
    ]
    return packed(json.dumps({"columns": columns, "shown": shown}, allow_nan=False))


def json_values(values: pd.Series) -> list[Any]:
    """The values of a column as JSON has them; None for what is not there, or is infinite."""
    if pd.api.types.is_float_dtype(values):
        numbers = values.to_numpy(float)
        return [float(v) if np.isfinite(v) else None for v in numbers]
    return [None if pd.isna(v) or v == "" else v for v in values.tolist()]
