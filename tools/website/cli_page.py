"""The page of the command line, from the parsers themselves."""

import argparse
import os
from collections.abc import Iterator

from mtdbench.cli import make_parser

INTRODUCTION = """\
# Command line

What `mtdbench VERB --help` prints. The exit code is 0, 1 for a run that failed, 2 for bad input; a
mistake in the input is one line that names the value and what would be valid.
"""


def cli_page() -> str:
    """The page, as Markdown: one section for each verb."""
    os.environ["COLUMNS"] = "88"
    parser = make_parser()
    parts = [INTRODUCTION, _shown(parser)]
    parts += [f"## {name}\n\n{_shown(verb)}" for name, verb in _verbs(parser)]
    return "\n".join(parts)


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _shown(parser: argparse.ArgumentParser) -> str:
    return f"```text\n{parser.format_help().rstrip()}\n```\n"
