"""`mtdbench check`: find mistakes in a study or an estimator before hours are spent on them."""

import argparse
import json
from pathlib import Path

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
    parser.add_argument(
        "--elsewhere",
        action="store_true",
        help="the study is run on another machine: do not compare its size with this one",
    )
    parser.add_argument("--estimator", help="name of a registered estimator to test")
    parser.add_argument(
        "--seconds",
        type=float,
        default=60.0,
        help="that a run of the estimator may take (default: 60)",
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="of the estimator"
    )
    parser.add_argument("--schema", action="store_true", help="print the study files' JSON schema")
    parser.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Check what was asked for."""
    if arguments.schema:
        from mtdbench.study import schema

        print(json.dumps(schema(), indent=2))
    if arguments.study:
        _study(arguments.study, arguments.elsewhere)
    if arguments.estimator:
        return _estimator(arguments)
    if not (arguments.schema or arguments.study):
        raise InputError("nothing to check: expected a study file, --estimator NAME or --schema")
    return 0


def _study(name: str, elsewhere: bool) -> None:
    from mtdbench.commands.study_check import (
        check_estimators,
        check_files,
        check_ranks,
        check_room,
        remarks,
        room_here,
    )
    from mtdbench.cost.costs import read_calibration
    from mtdbench.study import find_study
    from mtdbench.study.plan import study_folder
    from mtdbench.study.recipes import checked_plan

    plan, results = checked_plan(find_study(name)[0]), Path("results")
    check_estimators(plan)
    if not elsewhere:
        check_files(plan, study_folder(results, plan.study))
        check_ranks(plan)
        check_room(plan, room_here(results), read_calibration())
    datasets = sum(cell.trials for cell in plan.cells)
    print(
        f"study '{plan.study.name}': {len(plan.cells)} cells, {datasets} data sets,"
        f" {plan.runs} runs in {len(plan.batches)} batches"
    )
    for remark in remarks(plan):
        print(f"warning: {remark}")


def _estimator(arguments: argparse.Namespace) -> int:
    from mtdbench.estimators.options import parse_options
    from mtdbench.estimators.registry import load_safely, require
    from mtdbench.plugins.conformance import CheckVerdict, check_estimator

    name, pairs = arguments.estimator, arguments.option
    require(name)
    options = parse_options(name, load_safely(name), pairs) if pairs else {}
    failed = 0
    for result in check_estimator(name, seconds=arguments.seconds, options=options):
        print(f"{result.verdict:8}  {result.what}", flush=True)
        failed += result.verdict is CheckVerdict.FAILED
    print(f"{failed} failed" if failed else "it keeps the contract")
    return 1 if failed else 0
