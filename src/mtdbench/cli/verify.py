"""`mtdbench verify`: whether a submission to the leaderboard is what it says."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs


def add_verify(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "verify",
        help="check a submission to the leaderboard",
        description="Check the table of a new estimator on a published study, law by law; the"
        " exit code is 1 if one does not hold. See docs/leaderboard-submit.md.",
    )
    verb.add_argument("submission", type=Path, help="a study's folder, or a table's file")
    verb.add_argument(
        "--published",
        type=Path,
        default=Path("results/published"),
        help="folder of published studies (default: results/published)",
    )
    verb.set_defaults(run=run_verify)


def run_verify(arguments: argparse.Namespace) -> int:
    """Print a line for each law; 1 if one does not hold."""
    from mtdbench.comparison.submission import read_submission
    from mtdbench.comparison.verification import verify

    submission = read_submission(arguments.submission, arguments.published)
    print(f"study {submission.published.name}, {len(submission.table)} rows")
    failed = 0
    for verdict in verify(submission):
        failed += bool(verdict.faults)
        print(f"{'FAIL' if verdict.faults else 'ok':4}  {verdict.law}")
        for fault in verdict.faults:
            print(f"        {fault}")
    print(f"{failed} laws do not hold" if failed else "accepted")
    return int(failed > 0)
