"""Spaces by name."""

from collections.abc import Callable, Mapping

from mtdbench.errors import InputError, unknown
from mtdbench.spaces.protocol import Space
from mtdbench.spaces.signal_classes import signals


def discs(window: int, basis: str) -> Space:
    """The images of a window and a basis."""
    from mtdbench.spaces.image import Disc

    return Disc.from_basis(window, basis)


def balls(window: int, basis: str) -> Space:
    """The volumes of a window and a basis."""
    from mtdbench.spaces.volume.volume import Ball

    return Ball.from_basis(window, basis)


SPACES: dict[str, Callable[[int, str], Space]] = {
    "line": signals,
    "disc": discs,
    "ball": balls,
}
"""The name of each space, and what makes it from a window L and the specification of a basis.

A space is imported when it is made: a study of signals does not wait for spherical harmonics."""


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
