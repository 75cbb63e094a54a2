"""`mtdbench simulate`: make a data set, or those of a step of a study."""

import argparse
from pathlib import Path

from mtdbench.cli.arguments import Verbs, add_space, add_study, need, planned
from mtdbench.errors import InputError


def add_simulate(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "simulate",
        help="make a measurement with known truth",
        description="Write measurement.npy, placement.npz, truth.npz and dataset.json.",
    )
    add_space(parser, required=False)
    group = parser.add_argument_group("the measurement")
    group.add_argument("--target", default="random", help="random, a signal, picture:NAME, a file")
    group.add_argument("--size", type=int, help="N, samples along an axis")
    group.add_argument("--micrographs", type=int, default=1, help="M, how many (default: 1)")
    group.add_argument("--snr", type=float, help="signal-to-noise ratio")
    group.add_argument(
        "--density", help="share of samples that copies cover, 0 for noise alone, or 'saturation'"
    )
    group.add_argument("--method", default="expanded", help="expanded (default) or full")
    group.add_argument("--full-size", type=int, help="with --method full: side of the volume")
    group.add_argument(
        "--instrument",
        type=Path,
        metavar="FILE",
        help="JSON with what the instrument does, by its parts, see docs/optics.md (default:"
        " nothing)",
    )
    group.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what estimators are not told, several times if need be: gradient, colour, fractions,"
        " amplitudes, sigma_factor, defocus",
    )
    group.add_argument("--mrc", action="store_true", help="write measurement.mrc too")
    group.add_argument("--seed", type=int, default=0, help="(default: 0)")
    group.add_argument("--trial", type=int, default=0, help="number of the repetition (default: 0)")
    add_study(parser, required=False)
    parser.add_argument("--cell", help="with --study: the cell")
    parser.add_argument("--block", help="with --study: the block of trials")
    parser.add_argument("--out", type=Path, required=True, help="folder, or file with --study")
    parser.set_defaults(run=run_simulate)


def run_simulate(arguments: argparse.Namespace) -> None:
    """Make a data set by hand or by plan."""
    if arguments.study:
        _by_plan(arguments)
        return
    need(arguments, "space", "window", "size", "snr", "density")
    from mtdbench.commands.output_folder import try_folder, writing_into
    from mtdbench.model.instrument import instrument_in
    from mtdbench.simulation import Recipe, write_dataset
    from mtdbench.simulation.faults import named_faults

    recipe = Recipe(
        space=arguments.space,
        window=arguments.window,
        basis=arguments.basis,
        target=arguments.target,
        size=arguments.size,
        micrographs=arguments.micrographs,
        snr=arguments.snr,
        density=_density(arguments.density),
        spacing=arguments.spacing,
        method=arguments.method,
        full_size=arguments.full_size,
        mrc=arguments.mrc,
        seed=arguments.seed,
        trial=arguments.trial,
        instrument=instrument_in(arguments.instrument) if arguments.instrument else {},
        faults=named_faults(_faults(arguments.fault)),
    )
    try_folder(arguments.out)
    with writing_into(arguments.out):
        facts = write_dataset(recipe, arguments.out)
    print(
        f"{facts['copies']} copies of {facts['target_used']}, density {facts['density']:.4g},"
        f" sigma {facts['sigma']:.6g}: {arguments.out / 'measurement.npy'}"
    )


def _by_plan(arguments: argparse.Namespace) -> None:
    need(arguments, "cell", "block")
    from mtdbench.study.block_simulation import simulate_block

    plan, _, folder = planned(arguments)
    block = plan.block(arguments.cell, arguments.block)
    simulate_block(plan.study, block, folder, arguments.out)


def _faults(texts: list[str]) -> dict[str, float]:
    """The values of faults by their names."""
    faults: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            faults[name] = float(value)
        except ValueError:
            raise InputError(f"fault '{text}': expected NAME=NUMBER, such as colour=0.5") from None
    return faults


def _density(text: str) -> float | None:
    if text == "saturation":
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"density '{text}': expected a number in [0, 1] or 'saturation'") from None
