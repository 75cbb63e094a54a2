"""The command line: one verb for every step of a study, each of which can be run by hand."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from mtdbench.errors import InputError


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, as those about any other input."""

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints."""
        raise InputError(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is 0, 1 for a run that failed, 2 for bad input."""
    from mtdbench.run.owner import watch_owner

    try:
        watch_owner()
        given = sys.argv[1:] if argv is None else list(argv)
        arguments = make_parser().parse_args(given, argparse.Namespace(argv=given))
        return int(arguments.run(arguments) or 0)
    except InputError as error:
        print(f"mtdbench: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("mtdbench: interrupted", file=sys.stderr)
        return 130


def make_parser() -> Parser:
    """The parser of the command line, with every verb."""
    from mtdbench.cli.check import add_check
    from mtdbench.cli.diff import add_diff
    from mtdbench.cli.drawing import add_drawing
    from mtdbench.cli.estimate import add_estimate
    from mtdbench.cli.leaderboard import add_leaderboard
    from mtdbench.cli.pick import add_pick
    from mtdbench.cli.plan_table import add_plan
    from mtdbench.cli.plugins import add_plugins
    from mtdbench.cli.preparing import add_prepare
    from mtdbench.cli.redo import add_redo
    from mtdbench.cli.simulate import add_simulate
    from mtdbench.cli.tables import add_tables
    from mtdbench.cli.verify import add_verify
    from mtdbench.cli.whole_study import add_run
    from mtdbench.cli.work import add_work
    from mtdbench.version import __version__

    parser = Parser(
        prog="mtdbench",
        description="Benchmark of estimators for multi-target detection. `mtdbench run` runs a"
        " whole study; the other verbs are its steps, and tools.",
    )
    parser.add_argument("--version", action="version", version=f"mtdbench {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for add in (add_run, add_simulate, add_prepare, add_estimate, add_pick, add_tables):
        add(verbs)
    for add in (add_drawing, add_redo, add_check, add_plan, add_plugins, add_work):
        add(verbs)
    for add in (add_diff, add_leaderboard, add_verify):
        add(verbs)
    return parser
