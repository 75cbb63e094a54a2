"""Numbers of a study's table, as the docs give them: one line for each group of runs.

    python tools/table_numbers.py results/published/paper-2d-reduced --where sweep=text
    python tools/table_numbers.py results/accuracy --where snr=1 --where space=line
    python tools/table_numbers.py results/published/paper-2d-reduced --where sweep=size --slope size

Each line has the number of runs, and of one column (`error` unless `--column` says otherwise) the
mean, the median with its interval of at least 95 % (`low`, `high`), geometric mean, root mean
square, quartiles, range, and the number of runs above `--above`. With `--slope COLUMN` it has the
slope of log(column) against log(COLUMN) over single runs and half the width of its 95 % interval.
Runs without a finite value are left out.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import GEOMETRIC, MEDIAN, RMS, fitted_slope

HEAD = (
    *("runs", "mean", "median", "low", "high", "geometric", "rms", "quarter", "three_quarters"),
    *("least", "largest", "above"),
)


def selected(table: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    """The rows that meet every condition, each `column=value`."""
    for condition in conditions:
        name, _, value = condition.partition("=")
        column = table[name]
        wanted = value if column.dtype.kind not in "if" else float(value)
        table = table[column == wanted]
    return table


def summary(values: np.ndarray, threshold: float = np.inf) -> list[float]:
    """The numbers of `HEAD` for one group, shape (m,), m > 0."""
    quarter, middle, three_quarters = np.quantile(values, (0.25, 0.5, 0.75))
    low, high = MEDIAN.interval(values)
    return [
        *(len(values), values.mean(), middle, low, high, GEOMETRIC.centre(values)),
        *(RMS.centre(values), quarter, three_quarters, values.min(), values.max()),
        np.sum(values > threshold),
    ]


def numbers(
    table: pd.DataFrame,
    by: list[str],
    column: str = "error",
    slope: str | None = None,
    threshold: float = np.inf,
) -> pd.DataFrame:
    """One row for each group of runs: `HEAD` of a column, or its slope against another one."""
    finite = table[np.isfinite(table[column])]
    rows = {}
    for name, group in finite.groupby(by, sort=True):
        if slope is None:
            rows[name] = summary(group[column].to_numpy(float), threshold)
        else:
            line = fitted_slope(group[slope], group[column])
            rows[name] = [line.runs, line.slope, line.half]
    head = HEAD if slope is None else ("runs", "slope", "half")
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(head))


def main(arguments: list[str]) -> int:
    """Print the numbers that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder with a table.parquet")
    parser.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE")
    parser.add_argument("--by", nargs="+", default=["sweep", "snr", "estimator"])
    parser.add_argument("--column", default="error")
    parser.add_argument("--slope", metavar="COLUMN", help="fit log(column) against log(COLUMN)")
    parser.add_argument("--above", type=float, default=np.inf, help="count the runs above this")
    asked = parser.parse_args(arguments)
    table = selected(pd.read_parquet(asked.folder / "table.parquet"), asked.where)
    found = numbers(table, asked.by, asked.column, asked.slope, asked.above)
    sys.stdout.write(found.to_string(float_format="{:.4g}".format) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
