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
        arguments = _parser().parse_args(argv)
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


def _parser() -> Parser:
    from mtdbench.cli import check, drawing, estimate, pick, plan_table, plugins, simulate, tables
    from mtdbench.version import __version__

    parser = Parser(
        prog="mtdbench",
        description="Benchmark of estimators for multi-target detection. `snakemake --cores N`"
        " runs a whole study; these verbs are its steps.",
    )
    parser.add_argument("--version", action="version", version=f"mtdbench {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for module in (simulate, estimate, pick, tables, drawing, check, plan_table, plugins):
        module.add(verbs)
    return parser
