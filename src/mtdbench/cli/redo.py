"""`mtdbench redo`: make runs of a study again."""

import argparse

from mtdbench.cli.arguments import Verbs, add_results, planned


def add_redo(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "redo",
        help="have runs of a study made again",
        description="Take the chosen runs out of a study's records, so that the next `snakemake` or"
        " `make bench` makes them again. Lost runs are tried again without it.",
    )
    parser.add_argument("study", help="the study's YAML file, or the name of one in config/")
    parser.add_argument("--status", nargs="+", default=[], help="runs that ended so, e.g. crashed")
    parser.add_argument("--estimator", nargs="+", default=[], help="runs of these estimators")
    parser.add_argument("--sweep", nargs="+", default=[], help="runs of these sweeps")
    add_results(parser)
    parser.set_defaults(run=run_redo)


def run_redo(arguments: argparse.Namespace) -> None:
    """Choose the runs and say how many there are."""
    from mtdbench.commands.chosen_runs import Choice, redo

    plan, _, folder = planned(arguments)
    choice = Choice(arguments.status, arguments.estimator, arguments.sweep)
    runs, batches = redo(plan, folder, choice)
    print(
        f"{runs} of {plan.runs} runs of '{plan.study.name}', in {batches} batches, are made again"
        " when the study is run next"
    )
