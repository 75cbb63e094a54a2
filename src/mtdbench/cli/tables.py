"""`mtdbench score` and `mtdbench table`: from estimates to the study's tables."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs, add_study, planned


def add_tables(verbs: Verbs) -> None:
    """Add the verbs."""
    score = verbs.add_parser("score", help="compare the estimates of a cell with the truth")
    add_study(score, required=True)
    score.add_argument("--cell", required=True, help="the cell")
    score.add_argument("--out", type=Path, required=True, help="JSON file for the rows")
    score.set_defaults(run=run_score)

    table = verbs.add_parser(
        "table",
        help="put a study's rows together",
        description="Write table.parquet, table.csv, history.parquet and study.json.",
    )
    add_study(table, required=True)
    table.set_defaults(run=run_table)


def run_score(arguments: argparse.Namespace) -> None:
    """Score one cell."""
    from mtdbench.evaluate.score import score_cell

    plan, _, folder = planned(arguments)
    score_cell(plan, arguments.cell, folder, arguments.out)


def run_table(arguments: argparse.Namespace) -> None:
    """Write the tables and say how many runs ended how."""
    from mtdbench.evaluate.scores_file import outdated_cells
    from mtdbench.evaluate.table import write_table
    from mtdbench.run.marks import take_all

    plan, source, folder = planned(arguments)
    if outdated := outdated_cells(plan, folder):
        print(f"made anew: scores of {len(outdated)} of {len(plan.cells)} cells, made from others")
    table, _ = write_table(plan, source, folder)
    take_all(folder)
    counts = table["status"].value_counts().sort_index()
    ends = ", ".join(f"{count} {status}" for status, count in counts.items())
    print(f"{len(table)} runs ({ends}): {folder / 'table.csv'}")
