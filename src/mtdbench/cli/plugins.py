"""`mtdbench list` and `mtdbench new-estimator`: what there is, and how to add to it."""

import argparse
import inspect
from pathlib import Path

from mtdbench.cli.arguments import Verbs


def add_plugins(verbs: Verbs) -> None:
    """Add the verbs."""
    listing = verbs.add_parser("list", help="list estimators with their options, spaces, targets")
    listing.add_argument(
        "--columns", action="store_true", help="list the columns of a study's tables, in Markdown"
    )
    listing.set_defaults(run=run_list)

    new = verbs.add_parser(
        "new-estimator",
        help="start a package with an estimator of your own",
        description="Write a small package with a working estimator, its entry point and a test.",
    )
    new.add_argument("name", help="name of the estimator, lower-case words joined by hyphens")
    new.add_argument("--out", type=Path, help="folder (default: ./NAME)")
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
    for name in registry.names():
        print("\n".join(f"  {line}" for line in _describe(name)))
    print("spaces\n  " + ", ".join(SPACES))
    print("targets\n  " + ", ".join(TARGET_NAMES))


def run_new(arguments: argparse.Namespace) -> None:
    """Write the package."""
    from mtdbench.plugins.template import write_package

    out = write_package(arguments.name, arguments.out or Path(arguments.name))
    print(
        f"wrote {out}. Next: pip install -e {out}, then"
        f" mtdbench check --estimator {arguments.name}, then name it in a study file."
    )


def _describe(name: str) -> list[str]:
    """An estimator: its name and summary, then a line for each option."""
    from mtdbench.estimators import registry
    from mtdbench.estimators.declaration import privileged_inputs
    from mtdbench.estimators.options import options_model

    try:
        estimator = registry.load(name)
    except Exception as error:
        return [f"{name}: cannot be imported ({type(error).__name__}: {error})"]
    summary = (inspect.getdoc(estimator) or "").split("\n\n")[0]
    fields = options_model(name, estimator).model_fields
    lines = [f"{name}: {' '.join(summary.split())}"]
    for option, field in fields.items():
        default = "required" if field.is_required() else repr(field.default)
        kind = inspect.formatannotation(field.annotation)
        lines.append(f"    {option}: {kind} = {default}")
    told = privileged_inputs(estimator)
    return lines + [f"    {name}: the file {name}.npz of a simulated measurement" for name in told]
