"""Targets: from a specification in a study to coefficients in a space."""

from pathlib import Path

import numpy as np

from mtdbench.errors import InputError, unknown
from mtdbench.simulate.pictures import PICTURES, PIXELS, picture, read_image
from mtdbench.spaces import Space

# Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary spacing distribution*.
ASD1 = (
    *(0.176882, 0.442912, 0.182218, 0.098402, 0.280250),
    *(0.298576, 0.212762, 0.588424, 0.598820, 0.248742),
)
NAMES = ("random", "step", "asd1", "picture:NAME", "file:PATH")
SUFFIXES = (".npy", ".mrc", *PIXELS)


def make_target(target: str, space: Space, rng: np.random.Generator) -> np.ndarray:
    """Coefficients, shape (n,), of the target with that specification.

    `random`: the space's random target; `step`: a signal of ceil(L/2) ones, then floor(L/2) minus
    ones (11 and 10 at L = 21); `asd1`: the signal of L = 10 of the paper on arbitrary spacing, with
    mean square 1; `picture:NAME`: a real picture, see `mtdbench.simulate.pictures`; `file:PATH`, or
    a path that ends in .npy, .mrc, .png, .jpg or .tif: the user's own array or image. Pictures and
    image files have no unit of brightness and are scaled to a mean square of 1 over the window; the
    user's arrays keep their values.

    Raises
    ------
    InputError
        If the specification is unknown, does not suit the space, or its file cannot be used.
    """
    check_target(target, space)
    if target == "random":
        return space.random(rng)
    if target == "step":
        sign = np.where(np.arange(space.window) < (space.window + 1) // 2, 1.0, -1.0)
        return space.expand(sign)
    if target == "asd1":
        return space.expand(np.array(ASD1) / np.sqrt(np.mean(np.square(ASD1))))
    if target.startswith("picture:"):
        return _unit(space, space.expand(picture(target.removeprefix("picture:"), space.window)))
    path = _path(target)
    x = space.expand(read_image(path, space))
    if not np.linalg.norm(space.render(x)) > 0:
        raise InputError(f"target '{path}' is zero within the window: expected a signal")
    return _unit(space, x) if path.suffix.lower() in PIXELS else x


def check_target(target: str, space: Space) -> None:
    """Raise `InputError` unless the specification is known, suits the space and its file exists."""
    name, _, argument = target.partition(":")
    if target == "random":
        return
    if target in ("step", "asd1"):
        if space.ndim != 1:
            raise InputError(f"target '{target}' is a signal: expected space 'line'")
        if target == "asd1" and space.window != len(ASD1):
            raise InputError(
                f"target 'asd1' with window {space.window}: expected window {len(ASD1)}"
            )
    elif name == "picture":
        if space.ndim != 2:
            raise InputError(f"target '{target}' is an image: expected space 'disc'")
        if argument not in PICTURES:
            raise unknown("picture", argument, PICTURES)
    elif name == "file" or target.lower().endswith(SUFFIXES):
        path = _path(target)
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(f"target '{path}': expected a file that ends in {', '.join(SUFFIXES)}")
        if not path.is_file():
            raise InputError(f"no file '{path}': expected an existing array or image as the target")
    else:
        raise unknown("target", target, NAMES)


def _path(target: str) -> Path:
    return Path(target.removeprefix("file:")).expanduser()


def _unit(space: Space, x: np.ndarray) -> np.ndarray:
    """Coefficients scaled so that the rendered object has a mean square of 1."""
    return np.asarray(x / np.sqrt(np.mean(np.square(space.render(x)))))
