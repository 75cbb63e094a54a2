"""`mtdbench list` and `mtdbench new-estimator`: what there is, and how to add to it."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtdbench.cli.arguments import Verbs


def add_plugins(verbs: Verbs) -> None:
    """Add the verbs."""
    listing = verbs.add_parser("list", help="list estimators with their options, spaces, targets")
    listing.add_argument(
        "--columns", action="store_true", help="list the columns of a study's tables, in Markdown"
    )
    listing.add_argument(
        "--seconds",
        type=float,
        default=60.0,
        help="that the import of another package may take (default: 60)",
    )
    listing.set_defaults(run=run_list)

    new = verbs.add_parser(
        "new-estimator",
        help="start a package with an estimator of your own",
        description="Write a small package with a working estimator, its entry point and a test.",
    )
    new.add_argument("name", help="name of the estimator, lower-case words joined by hyphens")
    new.add_argument("--out", type=Path, help="folder (default: ./NAME)")
    new.add_argument(
        "--language", default="python", help="python, c, r or command (default: python)"
    )
    new.set_defaults(run=run_new)


def run_list(arguments: argparse.Namespace) -> None:
    """Print what a study file or `mtdbench estimate` may name, or what the tables hold."""
    if arguments.columns:
        from mtdbench.results.columns_page import columns_page

        print(columns_page(), end="")
        return
    from mtdbench.estimators import registry
    from mtdbench.simulation.targets.targets import TARGET_NAMES
    from mtdbench.spaces import SPACES

    print("estimators")
    for name, found in _described(arguments.seconds):
        print("\n".join(f"  {line}" for line in _lines(name, found)), flush=True)
    for package, reason in registry.unreadable_packages().items():
        print(f"  package {package}: its entry points cannot be read ({_short(reason)})")
    print("spaces\n  " + ", ".join(SPACES))
    print("targets\n  " + ", ".join(TARGET_NAMES))


def run_new(arguments: argparse.Namespace) -> None:
    """Write the package."""
    from mtdbench.plugins.template import write_package

    out = write_package(arguments.name, arguments.out or Path(arguments.name), arguments.language)
    print(
        f"wrote {out}. Next: pip install -e {out}, then"
        f" mtdbench check --estimator {arguments.name}; {out}/study.yaml compares it with others."
    )


def _described(seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each estimator with its facts; those of other packages are not imported by this process."""
    from mtdbench.estimators import registry
    from mtdbench.estimators.description import estimator_facts
    from mtdbench.estimators.probe import probe

    names = registry.names()
    others = [name for name in names if not registry.is_built_in(name)]
    for name in sorted(set(names).difference(others)):
        yield name, estimator_facts(name)
    yield from probe(others, seconds)


def _lines(name: str, found: dict[str, Any]) -> list[str]:
    """An estimator: its name and summary, then a line for each option."""
    if "fault" in found:
        return [f"{name}: broken: {_short(found['fault'])}"]
    lines = [f"{name}: {found['summary']}", *(f"    {option}" for option in found["options"])]
    if found["spaces"] is not None:
        lines.append(f"    made for {', '.join(found['spaces'])}")
    told = found["told"]
    return lines + [f"    {name}: the file {name}.npz of a simulated measurement" for name in told]


def _short(reason: str) -> str:
    """One line that fits on a screen."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(reason.split()))
    return line if len(line) <= 300 else line[:297] + "..."
