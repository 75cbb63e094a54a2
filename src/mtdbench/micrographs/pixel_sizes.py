"""One size of a sample for all micrographs of a measurement."""

import math
from collections.abc import Mapping

from mtdbench.errors import InputError

SIZE_TOLERANCE = 1e-3
"""Relative difference up to which two sizes are one: files have them in single precision."""


def agreed_pixel_size(
    sizes: Mapping[str, float | None], asked: float | None
) -> tuple[float | None, list[str]]:
    """Angstrom to a sample, None where nobody knows, and what the user should know of it.

    Parameters
    ----------
    sizes : mapping
        What each file says, by its name; None where it says nothing.
    asked : float or None
        What the user says, whatever the files say.

    Raises
    ------
    InputError
        If the user's size is no size, or files say different ones and the user none.
    """
    known = {name: size for name, size in sizes.items() if size is not None}
    if asked is not None:
        return _checked(asked), _overruled(known, asked)
    if not known:
        return None, []
    name, size = next(iter(known.items()))
    for other, differing in known.items():
        if not _same(size, differing):
            raise InputError(
                f"'{name}' has {size:g} and '{other}' {differing:g} angstrom to a sample: expected"
                " one size, or --pixel-size"
            )
    silent = len(sizes) - len(known)
    remark = f"{silent} of {len(sizes)} files do not say their size of a sample: {size:g} angstrom"
    return size, [remark] if silent else []


def _checked(asked: float) -> float:
    if not (math.isfinite(asked) and asked > 0):
        raise InputError(f"pixel size {asked:g}: expected a positive number of angstrom")
    return asked


def _overruled(known: Mapping[str, float], asked: float) -> list[str]:
    wrong = {name: size for name, size in known.items() if not _same(size, asked)}
    if not wrong:
        return []
    name, size = next(iter(wrong.items()))
    count = f" ({len(wrong)} files differ)" if len(wrong) > 1 else ""
    return [f"'{name}' has {size:g} angstrom to a sample{count}: taken is {asked:g}, as asked for"]


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SIZE_TOLERANCE)
