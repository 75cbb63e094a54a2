"""`mtdbench plan`: what a study will take, before anything is run."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs, count_cores
from mtdbench.errors import InputError

PLAN_COLUMNS = ("sweep", "estimator", "runs", "CPU hours", "memory MiB", "data GB")


def add_plan(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "plan",
        help="estimate what a study will take",
        description="Estimate the runs, CPU hours, memory and disk of a study from measured laws;"
        " or fit these laws to the tables of finished studies.",
    )
    parser.add_argument("study", nargs="?", help="a study's YAML file, or its name")
    parser.add_argument("--cores", type=int, help="for the wall-clock hours (default: all cores)")
    parser.add_argument(
        "--calibrate", nargs="+", type=Path, metavar="TABLE", help="table.parquet of each study"
    )
    parser.add_argument(
        "--steps",
        action="store_true",
        help="with --calibrate: measure simulation, bounds, figures on this machine too (minutes)",
    )
    parser.add_argument(
        "--calibration", type=Path, help="JSON file of the laws (default: the package's own)"
    )
    parser.set_defaults(run=run_plan)


def run_plan(arguments: argparse.Namespace) -> None:
    """Calibrate, plan, or both."""
    if not (arguments.study or arguments.calibrate):
        raise InputError("nothing to plan: expected a study file or --calibrate TABLE")
    cores = count_cores() if arguments.cores is None else arguments.cores
    if cores < 1:
        raise InputError(f"cores {cores}: expected at least 1")
    from mtdbench.cost.costs import CALIBRATION

    path = arguments.calibration or CALIBRATION
    if arguments.calibrate:
        _calibrate(arguments.calibrate, path, arguments.steps)
    if arguments.study:
        _plan(arguments.study, path, cores)


def _calibrate(tables: list[Path], path: Path, anew: bool) -> None:
    from mtdbench.cost.calibrate import calibrated, read_finished
    from mtdbench.cost.costs import CALIBRATION, read_calibration

    studies = [read_finished(table) for table in tables]
    if anew:
        from mtdbench.cost.pipeline_timings import measure_steps

        steps = measure_steps([table.parent for table in tables])
    else:
        steps = read_calibration(path if path.exists() else CALIBRATION)
    calibrated(studies, steps).write(path)
    print(f"calibration: {path}")


def _plan(study: str, path: Path, cores: int) -> None:
    from mtdbench.commands.packs import cut
    from mtdbench.cost.costs import DEFAULTS, read_calibration, study_costs, total, unmeasured
    from mtdbench.study import find_study
    from mtdbench.study.recipes import checked_plan

    calibration, plan = read_calibration(path), checked_plan(find_study(study)[0])
    entries = study_costs(plan, calibration)
    whole = total(entries)
    rows = [PLAN_COLUMNS]
    for sweep, what, cost in [(e.sweep, e.what, e.cost) for e in entries] + [("total", "", whole)]:
        runs, memory = str(cost.runs or ""), f"{cost.memory_mib:.0f}" if cost.memory_mib else ""
        rows.append(
            (sweep, what, runs, _real(cost.cpu_seconds / 3600), memory, _real(cost.disk / 1e9))
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(PLAN_COLUMNS))]
    for row in rows:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  ".join(left + right).rstrip())
    print(
        f"\n{whole.runs} runs, {_real(whole.cpu_seconds / 3600)} CPU hours,"
        f" {_real(whole.hours(cores))} hours on {cores} free cores;"
        f" the largest process {whole.memory_mib:.0f} MiB; {_real(whole.disk / 1e9)} GB of data"
    )
    processors = calibration.provenance.get("processor", ["an unknown processor"])
    print(
        f"as measured on {', '.join(processors)}, {calibration.provenance.get('date', 'undated')}"
    )
    print(f"on a cluster {len(cut(plan, calibration)) + 1} jobs (profiles/slurm)")
    if names := unmeasured(plan, calibration):
        print(
            f"never measured, taken for {DEFAULTS['seconds'](1):.0f} seconds a run:"
            f" {', '.join(names)}; `mtdbench plan --calibrate TABLE` fits it to a finished study"
        )


def _real(value: float) -> str:
    """Two digits that count."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
