"""Arguments that several verbs share."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtdbench.errors import InputError
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing

if TYPE_CHECKING:
    from mtdbench.study import Plan

Verbs = Any  # what argparse's add_subparsers returns; it has no public name


def add_files(parser: argparse.ArgumentParser, count: str) -> None:
    """The files of a measurement, so many as argparse's `nargs` says, and `--pixel-size`."""
    parser.add_argument(
        "files",
        nargs=count,
        metavar="FILE",
        help="the measurement: .mrc, .mrcs, .map, .rec, .st, .tif or .npy; a folder, a pattern in"
        " quotes, or a STAR file that lists micrographs; several are one measurement",
    )
    parser.add_argument(
        "--pixel-size",
        type=float,
        metavar="ANGSTROM",
        help="size of a sample (default: what the files say)",
    )


def add_space(parser: argparse.ArgumentParser, required: bool) -> None:
    """`--space`, `--window`, `--basis` and `--spacing`."""
    group = parser.add_argument_group("what is estimated")
    group.add_argument("--space", required=required, help="line, disc or ball")
    group.add_argument("--window", type=int, required=required, help="L, samples along an axis")
    group.add_argument("--basis", default="auto", help="basis of the space (default: auto)")
    group.add_argument(
        "--spacing",
        default=DEFAULT_SPACING,
        help=f"{' or '.join(Spacing)} (default: {DEFAULT_SPACING})",
    )


def add_study(parser: argparse.ArgumentParser, required: bool) -> None:
    """`--study` and `--results`."""
    group = parser.add_argument_group("as a step of a study")
    group.add_argument(
        "--study",
        required=required,
        help="its YAML file, or the name of one in config/; NAME-reduced is its reduced scale",
    )
    add_results(group)


def add_results(parser: Any) -> None:
    """`--results`."""
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="folder of results (default: results)"
    )


def planned(arguments: argparse.Namespace) -> "tuple[Plan, str, Path]":
    """The study that `--study` names, written out; its text; the folder of its results."""
    from mtdbench.study import find_study, make_plan
    from mtdbench.study.plan import study_folder

    study, source = find_study(arguments.study)
    return make_plan(study), source, study_folder(arguments.results, study)


def add_threads(group: Any) -> None:
    """`--threads`, by default all cores that the process may use."""
    group.add_argument("--threads", type=int, default=count_cores(), help="(default: all cores)")


def need_threads(arguments: argparse.Namespace) -> None:
    """Check that `--threads` is a number of threads."""
    if arguments.threads < 1:
        raise InputError(f"threads {arguments.threads}: expected at least 1")


def count_cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def need(arguments: argparse.Namespace, *names: str) -> None:
    """Check that arguments which only one form of a verb needs are there.

    Raises
    ------
    InputError
        If one is missing.
    """
    for name in names:
        if getattr(arguments, name) is None:
            raise InputError(f"--{name} is missing: expected a value")
