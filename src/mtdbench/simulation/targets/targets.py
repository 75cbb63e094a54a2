"""Targets: from a specification in a study to coefficients in a space."""

from pathlib import Path

import numpy as np

from mtdbench.errors import InputError, unknown
from mtdbench.files import is_file
from mtdbench.simulation.targets.emdb import check_number, emdb_map
from mtdbench.simulation.targets.fallback import alternatives
from mtdbench.simulation.targets.maps import VOLUME_SUFFIXES, read_volume
from mtdbench.simulation.targets.pdb import is_entry, parse_entry, pdb_file
from mtdbench.simulation.targets.phantoms import DEFAULT_SIDE, VOLUMES, volume
from mtdbench.simulation.targets.pictures import PICTURES, PIXELS, picture, read_image
from mtdbench.simulation.targets.proteins import (
    MOLECULE_SUFFIXES,
    electron_density,
    is_molecule,
    parse_molecule,
)
from mtdbench.simulation.targets.resample import cube, fit
from mtdbench.spaces import Space

# Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing distribution*.
ASD1 = (
    *(0.176882, 0.442912, 0.182218, 0.098402, 0.280250),
    *(0.298576, 0.212762, 0.588424, 0.598820, 0.248742),
)
TARGET_NAMES = (
    *("random", "step", "asd1", "picture:NAME", "volume:NAME", "emdb:NUMBER"),
    *("file:PATH", "pdb:NUMBER[@WIDTH]", "pdb:PATH[@WIDTH]"),
)
IMAGE_SUFFIXES = (".npy", ".mrc", *PIXELS)
# Samples of a volume given by a formula to one of the window, before it is made to measure.
FORMULA_OVERSAMPLING = 8


def make_target(target: str, space: Space, rng: np.random.Generator) -> np.ndarray:
    """Coefficients, shape (n,), of the target with that specification, which is a single one: of
    several alternatives `mtdbench.simulation.targets.fallback.obtainable` chooses one.

    `random`: the space's random target; `step`: a signal of ceil(L/2) ones, then floor(L/2) minus
    ones (11 and 10 at L = 21); `asd1`: the signal of L = 10 of the paper on arbitrary spacing, with
    mean square 1; `picture:NAME`: a real picture, see `mtdbench.simulation.targets.pictures`;
    `file:PATH`, or a path that ends in .npy, .mrc, .png, .jpg or .tif: the user's own array or
    image. For volumes, also those of `full_volume`, resampled to the window.

    What has no unit of brightness, pictures, image files and volumes, is scaled to a mean square of
    1 over the window; the user's arrays (.npy, .mrc and other maps) keep their values.

    Raises
    ------
    InputError
        If the specification is unknown, does not suit the space, or its file cannot be used.
    """
    _check(target, space)
    if target == "random":
        return space.random(rng)
    if target == "step":
        sign = np.where(np.arange(space.size) < (space.size + 1) // 2, 1.0, -1.0)
        return space.expand(sign)
    if target == "asd1":
        return space.expand(np.array(ASD1) / np.sqrt(np.mean(np.square(ASD1))))
    if target.startswith("picture:"):
        return _unit(space, space.expand(picture(target.removeprefix("picture:"), space.shape)))
    path, side = _path(target), space.shape[0]
    full = full_volume(target, FORMULA_OVERSAMPLING * side) if space.kind == "volume" else None
    x = space.expand(read_image(path, space) if full is None else fit(full, side))
    if not np.linalg.norm(space.render(x)) > 0:
        raise InputError(f"target '{path}' is zero within the window: expected a signal")
    has_no_unit = _is_volume(target) or path.suffix.lower() in PIXELS
    return _unit(space, x) if has_no_unit else x


def full_volume(target: str, side: int | None = None) -> np.ndarray | None:
    """The volume of that specification at its own size, indexed [z, y, x]; None if it is no volume.

    `volume:NAME`: `shepp-logan`, `asymmetric`, or `c2` to `c9` with that symmetry about z;
    `emdb:NUMBER`: a map of the Electron Microscopy Data Bank, downloaded on its first use;
    `file:PATH`, or a path, that ends in .npy, .mrc or .map (the latter two also gzipped): a map of
    any size; the same with .pdb, .ent or .cif, or `pdb:PATH`: the electrons of a molecule, which
    fills 80 % of the window, or `PATH@60` in a window of 60 angstrom; `pdb:NUMBER`, or
    `pdb:NUMBER@60`: the same of an entry of the Protein Data Bank, downloaded on its first use.

    A map has the side of its longest axis. Names and molecules have the side that is asked for, 89
    if none is. All show the same window at any side, about the sample side // 2, and all values are
    densities as they come, not scaled: `mtdbench.simulation.targets.resample.fit` makes them to
    measure.

    Raises
    ------
    InputError
        If the volume is unknown, or its file cannot be used or downloaded.
    """
    kind, _, argument = target.partition(":")
    if kind == "volume":
        return volume(argument, side or DEFAULT_SIDE)
    if kind == "emdb":
        return cube(emdb_map(argument))
    if is_entry(target):
        number, width = parse_entry(target)
        return electron_density(pdb_file(number), side or DEFAULT_SIDE, width)
    if is_molecule(target):
        path, width = parse_molecule(target)
        return electron_density(path, side or DEFAULT_SIDE, width)
    if target.lower().endswith(VOLUME_SUFFIXES):
        return cube(read_volume(_path(target)))
    return None


def check_target(target: str, space: Space) -> None:
    """Raise `InputError` unless every alternative of the specification is known, suits the space
    and has a file that exists, or is an entry of a data bank.
    """
    for specification in alternatives(target):
        _check(specification, space)


def _check(target: str, space: Space) -> None:
    name, _, argument = target.partition(":")
    suffixes = IMAGE_SUFFIXES if space.kind != "volume" else (*VOLUME_SUFFIXES, *MOLECULE_SUFFIXES)
    if target == "random":
        return
    if target in ("step", "asd1"):
        if space.kind != "signal":
            raise InputError(f"target '{target}' is a signal: expected space 'line'")
        if space.shape != space.window.shape:
            raise InputError(
                f"target '{target}' is one signal: with basis '{space.basis}' expected random or"
                " file:PATH, a signal to a row"
            )
        if target == "asd1" and space.size != len(ASD1):
            raise InputError(
                f"target 'asd1' with window {space.window}: expected window {len(ASD1)}"
            )
    elif name == "picture":
        if space.kind != "image":
            raise InputError(f"target '{target}' is an image: expected space 'disc'")
        if argument not in PICTURES:
            raise unknown("picture", argument, PICTURES)
    elif _is_volume(target):
        _check_volume(target, space)
    elif name == "file" or target.lower().endswith((*IMAGE_SUFFIXES, *suffixes)):
        path = _path(target)
        if not path.name.lower().endswith(suffixes):
            raise InputError(f"target '{path}': expected a file that ends in {', '.join(suffixes)}")
        _check_file(path)
    else:
        raise unknown("target", target, TARGET_NAMES)


def _is_volume(target: str) -> bool:
    """Whether this names a volume that is no array of the user's."""
    return target.startswith(("volume:", "emdb:")) or is_molecule(target)


def _check_volume(target: str, space: Space) -> None:
    if space.kind != "volume":
        raise InputError(f"target '{target}' is a volume: expected space 'ball'")
    name, _, argument = target.partition(":")
    if name == "volume" and argument not in VOLUMES:
        raise unknown("volume", argument, VOLUMES)
    if name == "emdb":
        check_number(argument)
    elif is_entry(target):
        parse_entry(target)
    elif name != "volume":
        _check_file(parse_molecule(target)[0])


def _check_file(path: Path) -> None:
    if not is_file(path):
        raise InputError(f"no file '{path}': expected an existing array or image as the target")


def _path(target: str) -> Path:
    return Path(target.removeprefix("file:")).expanduser()


def _unit(space: Space, x: np.ndarray) -> np.ndarray:
    """Coefficients scaled so that the rendered object has a mean square of 1."""
    return np.asarray(x / np.sqrt(np.mean(np.square(space.render(x)))))
