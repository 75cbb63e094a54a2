"""`mtdbench estimate`: run an estimator on a file, or a batch of a study."""

import argparse
import math
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtdbench.cli.arguments import (
    Verbs,
    add_files,
    add_space,
    add_study,
    add_threads,
    count_cores,
    need,
    need_threads,
    planned,
)
from mtdbench.cli.preparing import (
    add_ctf,
    add_preparation,
    add_prepare_or_not,
    user_files,
    with_window,
)
from mtdbench.errors import InputError
from mtdbench.ranks.launch import launch_command, launched_ranks, local_ranks, own_ranks

if TYPE_CHECKING:
    from mtdbench.commands.user_measurement import UserFiles
    from mtdbench.ranks.communicator import Ranks
    from mtdbench.run.job import Job

PARTING_SECONDS = 10.0
"""How long rank 0 waits at the end for ranks that may be stuck."""
FAILED_SECONDS = 20.0
"""How long another rank that has failed waits for rank 0 to come to the same end."""


def add_estimate(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "estimate",
        help="run an estimator on a measurement",
        description="Run an estimator on micrographs and write coefficients.npy, estimate.npy,"
        " estimate.png and run.json into a folder; for volumes also estimate.mrc and"
        " snapshots/0001.mrc, 0002.mrc and so on as the run goes on.",
    )
    add_files(parser, "*")
    add_space(parser, required=False)
    add_prepare_or_not(parser)
    add_ctf(parser)
    add_preparation(parser)
    group = parser.add_argument_group("how")
    group.add_argument("--sigma", type=float, help="standard deviation of the noise, if known")
    group.add_argument("--estimator", default="em", help="its name (see mtdbench list)")
    group.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="may be repeated"
    )
    group.add_argument("--seed", type=int, default=0, help="of its random numbers (default: 0)")
    group.add_argument("--budget", type=float, metavar="SECONDS", help="stop asking after this")
    add_threads(group)
    group.add_argument(
        "--ranks",
        type=int,
        metavar="N",
        help="processes of MPI that share the work, see docs/many-nodes.md (default: 1, or as many"
        " as mpiexec or srun has started)",
    )
    add_study(parser, required=False)
    parser.add_argument("--batch", help="with --study: the batch")
    parser.add_argument("--log", type=Path, help="with --study: file for what the runs print")
    parser.add_argument("--out", type=Path, required=True, help="folder, or file with --study")
    parser.set_defaults(run=run_estimate, threads=None)


def run_estimate(arguments: argparse.Namespace) -> int:
    """Run by plan or by hand."""
    if arguments.study:
        return _by_plan(arguments)
    if not arguments.files:
        raise InputError("FILE is missing: expected a measurement, or a step of a study")
    need(arguments, "space")
    if arguments.threads is None:
        arguments.threads = max(1, count_cores() // local_ranks())
    _check(arguments)
    if arguments.ranks not in (None, launched_ranks()):
        own = [sys.executable, "-m", "mtdbench", *arguments.argv]
        command = launch_command(arguments.ranks, own)
        sys.stderr.flush()
        os.execv(command[0], command)
    from mtdbench.run.environment import environment

    os.environ.update(environment(arguments.threads))  # before NumPy and JAX are loaded
    ranks = own_ranks()
    return _follow(arguments, ranks) if ranks.rank else _lead(arguments, ranks)


def _lead(arguments: argparse.Namespace, ranks: "Ranks") -> int:
    from mtdbench.commands.estimate_file import INTERRUPTED, estimate_file
    from mtdbench.commands.output_folder import try_folder

    def begin() -> "tuple[Job, UserFiles]":
        try_folder(arguments.out)
        return _job_and_files(arguments)

    try:
        job, files = ranks.agree(begin)
        outcome = estimate_file(job, arguments.out, arguments.threads, sys.stderr, ranks, files)
    finally:
        ranks.leave(PARTING_SECONDS)
    if outcome.reason == INTERRUPTED:
        return 130
    return 1 if outcome.status.failed else 0


def _follow(arguments: argparse.Namespace, ranks: "Ranks") -> int:
    """Take part; rank 0 says what goes wrong, unless it has not heard of it."""
    from mtdbench.commands.estimate_file import follow_file

    try:
        job, files = ranks.agree(lambda: _job_and_files(arguments))
        follow_file(job, ranks, files)
    except Exception as error:
        ranks.leave(FAILED_SECONDS, repr(error))
        return 2 if isinstance(error, InputError) else 1
    ranks.leave(None)
    return 0


def _job_and_files(arguments: argparse.Namespace) -> "tuple[Job, UserFiles]":
    from mtdbench.estimators.declaration import declaration_of
    from mtdbench.estimators.tested_estimator import load_tested

    chosen = with_window(arguments)
    job, files = _job(chosen), user_files(chosen)
    carried = declaration_of(load_tested(job.method)).carried(job.space, job.spacing)
    if files.preparation and "filter" not in carried:
        files = replace(files, preparation=replace(files.preparation, whiten=False))
    return job, files


def _job(arguments: argparse.Namespace) -> "Job":
    from mtdbench.backend import check_platform
    from mtdbench.estimators.declaration import privileged_inputs
    from mtdbench.estimators.options import parse_options, read_options
    from mtdbench.estimators.tested_estimator import load_tested
    from mtdbench.run.job import Job

    check_platform()
    estimator = load_tested(arguments.estimator)
    asked = privileged_inputs(estimator)
    pairs = [pair.partition("=") for pair in arguments.option]
    told = {key: value for key, _, value in pairs if key in asked}
    given = [option for option in arguments.option if option.partition("=")[0] not in asked]
    named, known = {option.partition("=")[0] for option in given}, read_options(estimator)[0]
    can_centre = arguments.space in ("disc", "ball") and "diameter" in known
    if arguments.across and can_centre and "diameter" not in named:
        given.append(f"diameter={arguments.across}")
    if "null_test" in known and "null_test" not in named:
        given.append("null_test=true")
    return Job(
        measurement=" ".join(arguments.files),
        space=arguments.space,
        window=arguments.window,
        basis=arguments.basis,
        spacing=arguments.spacing,
        sigma=arguments.sigma,
        method=arguments.estimator,
        options=parse_options(arguments.estimator, estimator, given),
        seed=arguments.seed,
        budget_seconds=arguments.budget,
        **told,
    )


def _check(arguments: argparse.Namespace) -> None:
    need_threads(arguments)
    if arguments.ranks is not None and arguments.ranks < 1:
        raise InputError(f"ranks {arguments.ranks}: expected at least 1")
    if launched_ranks() > 1 and arguments.ranks not in (None, launched_ranks()):
        raise InputError(
            f"ranks {arguments.ranks}: expected {launched_ranks()}, as many as were started"
        )
    if arguments.seed < 0:
        raise InputError(f"seed {arguments.seed}: expected a whole number, 0 or larger")
    budget = arguments.budget
    if budget is not None and not (math.isfinite(budget) and budget > 0):
        raise InputError(f"budget {budget}: expected a positive number of seconds")


def _by_plan(arguments: argparse.Namespace) -> int:
    need(arguments, "batch")
    from mtdbench.run.batch import run_batch

    plan, _, folder = planned(arguments)
    log = arguments.log or arguments.out.with_suffix(".log")
    run_batch(plan.study, plan.batch(arguments.batch), folder, arguments.out, log)
    return 0
