"""`mtdbench leaderboard`: the rankings of all published tables, as a page."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs


def add_leaderboard(verbs: Verbs) -> None:
    """Add the verb."""
    board = verbs.add_parser(
        "leaderboard",
        help="rank the estimators of published tables",
        description="Rank estimators by accuracy, reach and speed in each track, from the tables"
        " of several studies, and write the page as Markdown.",
    )
    board.add_argument("folder", type=Path, help="folder of studies' folders: results/published")
    board.add_argument("--out", type=Path, help="file (default: print it)")
    board.set_defaults(run=run_leaderboard)


def run_leaderboard(arguments: argparse.Namespace) -> None:
    """Write or print the page."""
    from mtdbench.comparison.leaderboard_page import leaderboard_page, published_studies
    from mtdbench.files import write_text

    page = leaderboard_page(published_studies(arguments.folder))
    if arguments.out is None:
        print(page, end="")
        return
    write_text(arguments.out, page)
    print(f"leaderboard: {arguments.out}")
