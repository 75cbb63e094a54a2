"""What a study of noise alone found, counted.

    mtdbench run config/null.yaml --cores 2
    python tools/null.py results/null

For each sweep and estimator: how many runs claim a density of more than three of their standard
errors, how many claim one without an error, in how many copies are listed with the estimate and
with the true object, the largest evidence, and the median error (that of nothing at all is 1).
"""

import argparse
from pathlib import Path

import pandas as pd

ERRORS = 3.0  # standard errors of a density


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each sweep and estimator."""
    sure = table["density_estimated"] > ERRORS * table["density_error"]
    rows = table.assign(
        runs=1,
        claims=sure & table["density_error"].notna(),
        without_error=table["density_error"].isna() & (table["density_estimated"] > 0),
        lists=table["pick_precision"].notna(),
        lists_with_truth=table["pick_precision_truth"].notna(),
    )
    keys = rows.groupby(["sweep", "estimator"], sort=False)
    counts = keys[["runs", "claims", "without_error", "lists", "lists_with_truth"]].sum()
    return counts.assign(
        largest_evidence=keys["evidence"].max().round(1),
        median_error=keys["error"].median().round(3),
    )


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="results of the study")
    table = pd.read_parquet(parser.parse_args().folder / "table.parquet")
    print(counted(table).to_string())


if __name__ == "__main__":
    main()
