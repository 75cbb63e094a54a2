"""`mtdbench diff`: what changed between two tables of the same study."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs

DESCRIPTION = """\
Compare two tables of the same study: of two versions, or of two machines. Runs on the same data set
are paired. Errors are compared by the geometric mean of their ratios, with t intervals and tests,
corrected for the number of comparisons; CPU times by the median of their ratios. The exit code is 1
if B is significantly less accurate than A in any cell or sweep, or if an estimator crashes or
diverges where it did not."""


def add_diff(verbs: Verbs) -> None:
    """Add the verb."""
    diff = verbs.add_parser(
        "diff", help="compare two tables: accuracy, time, statuses", description=DESCRIPTION
    )
    for name in ("a", "b"):
        diff.add_argument(
            name, type=Path, metavar=name.upper(), help="a study's folder, or a table's file"
        )
    diff.add_argument("--every-cell", action="store_true", help="list the equal cells too")
    form = diff.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV: accuracy and time by group")
    diff.set_defaults(run=run_diff)


def run_diff(arguments: argparse.Namespace) -> int:
    """Print what changed; 1 if B is worse."""
    from mtdbench.comparison.difference import difference
    from mtdbench.comparison.difference_output import (
        difference_json,
        difference_lines,
        difference_table,
    )
    from mtdbench.comparison.tables_read import read_table
    from mtdbench.files import json_text

    found = difference(read_table(arguments.a), read_table(arguments.b))
    if arguments.json:
        print(json_text(difference_json(found)))
    elif arguments.csv:
        print(difference_table(found).to_csv(index=False), end="")
    else:
        print(f"A: {arguments.a}\nB: {arguments.b}")
        for line in difference_lines(found, every_cell=arguments.every_cell):
            print(line)
    return int(found.is_worse)
