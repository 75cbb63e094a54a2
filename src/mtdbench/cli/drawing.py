"""`mtdbench figures` and `mtdbench report`: what there is to look at."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs, need, need_threads


def add_drawing(verbs: Verbs) -> None:
    """Add the verbs."""
    figures = verbs.add_parser("figures", help="draw a study's figures")
    figures.add_argument("folder", type=Path, help="the study's folder, results/NAME")
    figures.add_argument("--study", help="with --only: the study's file or name")
    figures.add_argument("--only", metavar="NAME", help="a figure that the study names, no other")
    figures.add_argument("--out", type=Path, help="folder (default: FOLDER/figures)")
    figures.add_argument("--threads", type=int, default=1, help="processes that draw (default: 1)")
    figures.set_defaults(run=run_figures)

    report = verbs.add_parser("report", help="write a study's report, one page")
    report.add_argument("folder", type=Path, help="the study's folder, results/NAME")
    report.add_argument("--out", type=Path, help="file (default: FOLDER/report.html)")
    report.set_defaults(run=run_report)


def run_figures(arguments: argparse.Namespace) -> None:
    """Draw every figure that a study's table gives rise to, or one from scores alone."""
    need_threads(arguments)
    out = arguments.out or arguments.folder / "figures"
    if arguments.only:
        need(arguments, "study")
        from mtdbench.figures import draw_one
        from mtdbench.study import find_study, make_plan

        plan = make_plan(find_study(arguments.study)[0])
        print(f"{len(draw_one(plan, arguments.only, arguments.folder, out))} files: {out}")
        return
    from mtdbench.figures import draw_all

    print(f"{len(draw_all(arguments.folder, out, arguments.threads))} files: {out}")


def run_report(arguments: argparse.Namespace) -> None:
    """Write the report."""
    from mtdbench.report import write_report

    out = arguments.out or arguments.folder / "report.html"
    write_report(arguments.folder, out)
    print(f"report: {out}")
