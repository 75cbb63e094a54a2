"""`mtdbench pick`: where the copies lie, once the object is estimated."""

import argparse
import os
import sys
from pathlib import Path

from mtdbench.cli.arguments import (
    Verbs,
    add_files,
    add_space,
    add_threads,
    need,
    need_threads,
)
from mtdbench.cli.preparing import add_ctf, add_prepare_or_not, takes_as_they_are
from mtdbench.model.spacing import DEFAULT_SPACING


def add_pick(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "pick",
        help="find the copies of an estimate in a measurement",
        description="Find by the posterior which patches of micrographs are empty"
        " and where the copies lie that the others show. Writes picks.csv (each patch),"
        " particles.csv (each copy), for images particles.star, and pick.json into a folder.",
    )
    add_files(parser, "+")
    add_space(parser, required=False)
    add_prepare_or_not(parser)
    add_ctf(parser)
    group = parser.add_argument_group("how")
    group.add_argument(
        "--sigma",
        type=float,
        help="standard deviation of the noise (default: that of the estimate's run.json)",
    )
    group.add_argument(
        "--estimate",
        type=Path,
        required=True,
        help="coefficients.npy, or the folder that mtdbench estimate wrote",
    )
    group.add_argument("--poses", type=int, help="K (default: the space's own)")
    group.add_argument(
        "--grids", type=int, help="of the patches (default: 1, with a diameter as many as it takes)"
    )
    group.add_argument(
        "--subsamples",
        type=int,
        help="fractions of a sample along each axis at which a copy may lie (default: as the"
        " estimate's run.json has it, else 1)",
    )
    add_threads(group)
    group.add_argument("--placement", type=Path, help="placement.npz of a simulation, for scores")
    group.add_argument(
        "--truth", type=Path, help="truth.npz of it, to score by energy and not by samples"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.set_defaults(run=run_pick, basis=None, spacing=None)


def run_pick(arguments: argparse.Namespace) -> None:
    """Pick, and say how many copies were found."""
    need_threads(arguments)
    arguments = _as_recorded(arguments)
    from mtdbench.run.environment import environment

    os.environ.update(environment(arguments.threads))  # before NumPy and JAX are loaded
    from mtdbench.backend import check_platform
    from mtdbench.commands.pick_file import Request, pick_file

    check_platform()
    request = Request(
        measurement=arguments.files[0],
        more=tuple(arguments.files[1:]),
        pixel_size=arguments.pixel_size,
        preparation=arguments.preparation,
        ctf=arguments.ctf,
        estimate=str(arguments.estimate),
        space=arguments.space,
        window=arguments.window,
        sigma=arguments.sigma,
        basis=arguments.basis,
        spacing=arguments.spacing,
        poses=arguments.poses,
        grids=arguments.grids,
        subsamples=arguments.subsamples,
        placement=None if arguments.placement is None else str(arguments.placement),
        truth=None if arguments.truth is None else str(arguments.truth),
    )
    facts = pick_file(request, arguments.out, arguments.threads, sys.stderr)
    print(
        f"{facts['particles']} copies; {facts['called_empty']} of {facts['patches']} patches called"
        f" empty: {arguments.out / 'particles.csv'}"
    )
    if facts["scores"]:
        print(", ".join(f"{name} {value:.3g}" for name, value in facts["scores"].items()))


def _as_recorded(arguments: argparse.Namespace) -> argparse.Namespace:
    """The arguments with what the `run.json` beside the estimate says of the space, its window and
    basis, where they say nothing; micrographs are prepared as those of the estimate were.
    """
    from mtdbench.commands.recorded_run import (
        recorded_run,
        recorded_settings,
        recorded_subsamples,
    )

    recorded = recorded_run(arguments.estimate)
    defaults = {"space": None, "window": None, "basis": "auto", "spacing": DEFAULT_SPACING}
    given = {
        name: getattr(arguments, name) or recorded.get(name) or default
        for name, default in defaults.items()
    }
    chosen = argparse.Namespace(**vars(arguments) | given)
    need(chosen, "space", "window")
    as_they_are = takes_as_they_are(arguments)
    chosen.preparation = None if as_they_are else recorded_settings(recorded)
    if chosen.subsamples is None:
        chosen.subsamples = recorded_subsamples(recorded)
    return chosen
