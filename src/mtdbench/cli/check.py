"""`mtdbench check`: find mistakes in a study or an estimator before hours are spent on them."""

import argparse
import json

from mtdbench.cli.arguments import Verbs
from mtdbench.errors import InputError


def add_check(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "check",
        help="check a study file or an estimator",
        description="Check a study file and say how large the study is; or run an estimator"
        " through the tests that every estimator has to pass.",
    )
    parser.add_argument("study", nargs="?", help="a study's YAML file, or its name")
    parser.add_argument("--estimator", help="name of a registered estimator to test")
    parser.add_argument("--schema", action="store_true", help="print the study files' JSON schema")
    parser.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Check what was asked for."""
    if arguments.schema:
        from mtdbench.study import schema

        print(json.dumps(schema(), indent=2))
    if arguments.study:
        _study(arguments.study)
    if arguments.estimator:
        return _estimator(arguments.estimator)
    if not (arguments.schema or arguments.study):
        raise InputError("nothing to check: expected a study file, --estimator NAME or --schema")
    return 0


def _study(name: str) -> None:
    from mtdbench.study import find_study
    from mtdbench.study.recipes import checked_plan

    plan = checked_plan(find_study(name)[0])
    datasets = sum(cell.trials for cell in plan.cells)
    print(
        f"study '{plan.study.name}': {len(plan.cells)} cells, {datasets} data sets,"
        f" {plan.runs} runs in {len(plan.batches)} batches"
    )


def _estimator(name: str) -> int:
    from mtdbench.plugins.conformance import check_estimator

    results = check_estimator(name)
    for result in results:
        print(f"{'ok    ' if result.passed else 'FAILED'}  {result.what}")
    return 0 if all(result.passed for result in results) else 1
