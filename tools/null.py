"""What a study of noise alone found, counted.

    mtdbench run config/null.yaml --cores 2
    python tools/null.py results/null

For each sweep, SNR, density and estimator: in how many runs something is found, how many claim a
density of more than three of their standard errors, how many claim one without an error; in how
many copies are listed with the estimate and with the true object; the median error (that of nothing
at all is 1) and the median and the largest evidence; the median standard error of the density where
something is found, and the standard deviation of these densities over the trials.
"""

import argparse
from pathlib import Path

import pandas as pd

ERRORS = 3.0  # standard errors of a density
COUNTED = ("runs", "found", "claims", "without_error", "lists", "lists_with_truth")


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each sweep, SNR, density and estimator."""
    is_found = table["density_estimated"] > 0
    sure = table["density_estimated"] > ERRORS * table["density_error"]
    rows = table.assign(
        runs=1,
        found=is_found,
        claims=sure & table["density_error"].notna(),
        without_error=is_found & table["density_error"].isna(),
        lists=table["pick_precision"].notna(),
        lists_with_truth=table["pick_precision_truth"].notna(),
        scatter=table["density_estimated"].where(is_found),
        stated=table["density_error"].where(is_found),
    )
    keys = rows.groupby(["sweep", "snr", "density", "estimator"], sort=False)
    return keys.agg(
        **{name: (name, "sum") for name in COUNTED},
        error=("error", "median"),
        evidence=("evidence", "median"),
        largest=("evidence", "max"),
        stated=("stated", "median"),
        scatter=("scatter", "std"),
    )


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="results of the study")
    table = pd.read_parquet(parser.parse_args().folder / "table.parquet")
    print(counted(table).to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
