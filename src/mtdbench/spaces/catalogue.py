"""Spaces by name."""

from collections.abc import Callable, Mapping

from mtdbench.errors import InputError, unknown
from mtdbench.spaces.image import Disc
from mtdbench.spaces.protocol import Space
from mtdbench.spaces.signal_classes import signals
from mtdbench.spaces.volume.volume import Ball

SPACES: dict[str, Callable[[int, str], Space]] = {
    "line": signals,
    "disc": Disc.from_basis,
    "ball": Ball.from_basis,
}
"""The name of each space, and what makes it from a window L and the specification of a basis."""


def make_space(
    name: str,
    window: int,
    basis: str = "auto",
    spaces: Mapping[str, Callable[[int, str], Space]] = SPACES,
) -> Space:
    """The space called `name` (`line`, `disc` or `ball`) with window L, of those in the catalogue.

    Raises
    ------
    InputError
        If the name, the window or the basis is not valid.
    """
    if window != int(window) or window < 2:
        raise InputError(f"window {window}: expected a whole number of at least 2")
    if name not in spaces:
        raise unknown("space", name, spaces)
    return spaces[name](int(window), basis)
