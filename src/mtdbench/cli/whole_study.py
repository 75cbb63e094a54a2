"""`mtdbench run`: a whole study, without a clone of the repository."""

import argparse
import shlex
from pathlib import Path

from mtdbench.cli.arguments import Verbs, count_cores


def add_run(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "run",
        help="run a study from simulation to report",
        description="Run a study with Snakemake; results go to results/STUDY in this folder. What"
        " is finished is not run again.",
    )
    parser.add_argument("study", help="a study's YAML file, or its name")
    parser.add_argument("--cores", type=int, default=count_cores(), help="(default: all)")
    parser.add_argument("--scale", default="full", help="full (default) or reduced")
    parser.add_argument("--profile", default="default", help="default, or slurm")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="what ${data} in a study of files stands for"
    )
    parser.add_argument(
        "--snakemake",
        default="",
        metavar="ARGS",
        help="further arguments of snakemake, in one string: --snakemake=-n",
    )
    parser.set_defaults(run=run_whole_study)


def run_whole_study(arguments: argparse.Namespace) -> int:
    """Run it, and say where the report is."""
    from mtdbench.commands.run_study import run_study

    code, report = run_study(
        arguments.study,
        arguments.cores,
        scale=arguments.scale,
        profile=arguments.profile,
        data=arguments.data,
        further=shlex.split(arguments.snakemake),
    )
    if code == 0 and report.is_file():
        print(f"report: {report}")
    return min(code, 1)
