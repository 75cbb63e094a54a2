"""`mtdbench prepare`: what has to be taken off micrographs before the model holds."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtdbench.cli.arguments import Verbs, add_files, need
from mtdbench.errors import InputError

if TYPE_CHECKING:
    from mtdbench.commands.user_measurement import UserFiles
    from mtdbench.preparation import Settings

PREPARE = ("auto", "none")


def add_prepare(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "prepare",
        help="prepare measured micrographs for an estimate",
        description="Cut off dead borders, leave out hot samples and contaminations, take off the"
        " background, turn dark copies into light ones, whiten the noise, and bin. Writes"
        " prepared.npy, mask.npy and instrument.json (where there is need), preparation.png and"
        " preparation.json into a folder.",
    )
    add_files(parser, "+")
    parser.add_argument("--signals", action="store_true", help="the measurements are signals, 1-D")
    parser.add_argument("--window", type=int, help="L of a copy, samples after binning")
    add_ctf(parser)
    add_preparation(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.set_defaults(run=run_prepare)


def add_prepare_or_not(parser: Any) -> None:
    """`--prepare`, of verbs that prepare micrographs first; `takes_as_they_are` reads it."""
    parser.add_argument(
        "--prepare",
        default="auto",
        help="auto, or none for micrographs that are clean (default: auto; what simulate and"
        " prepare wrote is clean)",
    )


def add_ctf(parser: Any) -> None:
    """`--ctf`, of verbs that read micrographs."""
    parser.add_argument(
        "--ctf",
        metavar="FILE",
        help="transfer functions of the micrographs: a STAR file of RELION, a text file of CTFFIND,"
        " or a folder or quoted pattern of these; none for none (default: those in the STAR file"
        " that lists the micrographs)",
    )


def takes_as_they_are(arguments: argparse.Namespace) -> bool:
    """Whether micrographs are not prepared: `--prepare none` says so, or what is beside them.

    Raises
    ------
    InputError
        If `--prepare` is not valid.
    """
    from mtdbench.commands.user_measurement import UserFiles

    if arguments.prepare not in PREPARE:
        raise InputError(f"--prepare {arguments.prepare}: expected {' or '.join(PREPARE)}")
    return arguments.prepare == "none" or UserFiles(tuple(arguments.files)).are_described


def add_preparation(parser: Any) -> None:
    """How micrographs are prepared; `preparation_settings` reads it."""
    group = parser.add_argument_group("preparation")
    group.add_argument("--diameter", type=float, help="of a particle, angstrom")
    group.add_argument("--bin", type=int, metavar="N", help="average N samples along each axis")
    group.add_argument("--bin-to", type=float, metavar="ANGSTROM", help="bin to this sample size")
    group.add_argument(
        "--background", default="auto", help="auto, constant, smooth or none (default: auto)"
    )
    group.add_argument(
        "--level",
        help="what is 0: the level between copies, or the mean (default: mean with a diameter)",
    )
    group.add_argument("--degree", type=int, help="of a smooth background (default: by its fit)")
    group.add_argument("--sign", default="auto", help="auto, dark or light copies (default: auto)")
    group.add_argument("--no-whitening", action="store_true", help="leave the noise as it is")
    group.add_argument("--no-mask", action="store_true", help="use every sample")
    group.add_argument(
        "--colour",
        default="noise",
        help="what coloured the noise: noise, or detector if it acted on the copies too"
        " (default: noise)",
    )


def preparation_settings(arguments: argparse.Namespace, sigma: float | None = None) -> "Settings":
    """The settings that the arguments of `add_preparation` and a window say."""
    from mtdbench.preparation import Settings

    masked = not arguments.no_mask
    return Settings(
        background=arguments.background,
        level=arguments.level or ("between" if arguments.diameter is None else "mean"),
        degree=arguments.degree,
        sign=arguments.sign,
        whiten=not arguments.no_whitening,
        colour=arguments.colour,
        bin_factor=arguments.bin,
        bin_to=arguments.bin_to,
        borders=masked,
        hot=masked,
        contamination=masked,
        sigma=sigma,
        window=arguments.window,
        diameter=arguments.diameter,
    )


def user_files(arguments: argparse.Namespace) -> "UserFiles":
    """The files of a measurement, and how they are prepared, if they are.

    Raises
    ------
    InputError
        If `--prepare` or a setting is not valid.
    """
    from mtdbench.commands.user_measurement import UserFiles

    files = UserFiles(tuple(arguments.files), arguments.pixel_size, ctf=arguments.ctf)
    if takes_as_they_are(arguments):
        return files
    return replace(files, preparation=preparation_settings(arguments, arguments.sigma))


def with_window(arguments: argparse.Namespace) -> argparse.Namespace:
    """The arguments with the window and the binning that suit a particle's diameter, if that is
    given; `across` is the diameter in samples then, else None.

    Raises
    ------
    InputError
        If there is neither a window nor a diameter, or they do not go together.
    """
    if arguments.diameter is None:
        need(arguments, "window")
        return argparse.Namespace(**vars(arguments) | {"across": None})
    from mtdbench.commands.user_optics import NO_CTF
    from mtdbench.micrographs import read_micrographs
    from mtdbench.preparation.window_choice import (
        BEHIND_OPTICS,
        WINDOW_DIAMETERS,
        choose_window,
    )

    pixel_size = arguments.pixel_size
    if pixel_size is None:
        axes = 1 if arguments.space == "line" else 2
        pixel_size = read_micrographs(arguments.files, axes)[0].pixel_size
    factor = arguments.bin
    if arguments.bin_to is not None and pixel_size is not None:
        factor = max(1, round(arguments.bin_to / pixel_size))
    diameters = WINDOW_DIAMETERS if arguments.ctf in (None, NO_CTF) else BEHIND_OPTICS
    choice = choose_window(arguments.diameter, pixel_size, arguments.window, factor, diameters)
    chosen = {"window": choice.window, "bin": choice.bin_factor, "across": choice.diameter}
    return argparse.Namespace(**vars(arguments) | chosen | {"bin_to": None})


def run_prepare(arguments: argparse.Namespace) -> None:
    """Prepare, and say what was done."""
    from mtdbench.commands.output_folder import try_folder
    from mtdbench.commands.prepare_files import prepare_files
    from mtdbench.commands.user_optics import find_optics
    from mtdbench.micrographs import read_micrographs

    settings = preparation_settings(arguments)
    try_folder(arguments.out)
    axes = 1 if arguments.signals else 2
    micrographs, remarks = read_micrographs(arguments.files, axes, arguments.pixel_size)
    optics, more = find_optics(arguments.ctf, arguments.files, micrographs.names)
    prepared = prepare_files(micrographs, settings, arguments.out, optics)
    words = [] if optics is None else [optics.words()]
    for line in (*remarks, *more, *prepared.lines, *words):
        print(line)
    print(f"micrographs: {arguments.out / 'prepared.npy'}")
