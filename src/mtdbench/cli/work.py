"""`mtdbench work`: the jobs of a study that share a job of a cluster."""

import argparse
import sys
from pathlib import Path

from mtdbench.cli.arguments import Verbs, add_study, planned
from mtdbench.errors import unknown


def add_work(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "work",
        help="do the jobs of a study that share a cluster job",
        description="Do what is not done of a pack: blocks to be simulated, batches to be run, or"
        " cells to be scored. The exit code is 1 if something is still to be done.",
    )
    add_study(parser, required=True)
    parser.add_argument("--pack", required=True, help="its name")
    parser.add_argument(
        "--allocated",
        nargs=3,
        type=float,
        required=True,
        metavar=("MIB", "MINUTES", "ATTEMPT"),
        help="what the job was given, and which attempt it is",
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON file that says it is done")
    parser.set_defaults(run=run_work)


def run_work(arguments: argparse.Namespace) -> int:
    """Do it, and say what is left."""
    from mtdbench.commands.pack_work import work_through
    from mtdbench.commands.packs import cut
    from mtdbench.cost.costs import read_calibration
    from mtdbench.files import write_json
    from mtdbench.run.allocation import Allocation

    plan, _, folder = planned(arguments)
    found = {pack.name: pack for pack in cut(plan, read_calibration())}
    if arguments.pack not in found:
        raise unknown(f"pack of study '{plan.study.name}'", arguments.pack, found)
    mib, minutes, attempt = arguments.allocated
    left = work_through(
        plan, found[arguments.pack], folder, Allocation(mib, 60 * minutes, int(attempt))
    )
    for line in left:
        print(f"mtdbench: to be tried again: {line}", file=sys.stderr)
    if not left:
        write_json(arguments.out, {"pack": arguments.pack})
    return 1 if left else 0
