"""Forward models of micrographs behind optics: a filter for each transfer function."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.model.filters import Convolution, Filter, composed
from mtdbench.model.forward import ForwardModel
from mtdbench.optics.micrograph_optics import MicrographOptics
from mtdbench.optics.point_spread import SHARE, point_spreads
from mtdbench.optics.transfer_function import TransferFunction
from mtdbench.spaces import Window

CTF_KEYS = ("pixel_size", "groups", "margin", "share")


def behind_optics(
    forward: ForwardModel, optics: MicrographOptics, pixel_size: float | None
) -> ForwardModel:
    """The model of the same measurement, of which each micrograph has a transfer function too. It
    acts on copies before the filters that are there, such as a whitening kernel.

    Parameters
    ----------
    forward : ForwardModel
    optics : MicrographOptics
        Of as many micrographs as the measurement has.
    pixel_size : float or None
        Angstrom to a sample of the measurement.

    Raises
    ------
    InputError
        If the size of a sample is not known.
    """
    if pixel_size is None:
        raise unknown_size()
    before = forward.group_of(np.arange(len(optics.groups)))
    pairs = np.column_stack([optics.groups, before])
    distinct, groups = np.unique(pairs, axis=0, return_inverse=True)
    spreads = point_spreads(optics.functions, forward.space.window.ndim, pixel_size)
    filters = tuple(composed(Convolution(spreads[k]), forward.filters[old]) for k, old in distinct)
    return replace(forward, filters=filters, groups=groups.ravel() if len(filters) > 1 else None)


def unknown_size() -> InputError:
    """The error for a transfer function where nobody says what a sample is."""
    return InputError(
        "a transfer function for samples of unknown size: expected --pixel-size ANGSTROM"
    )


def ctf_filters(value: Any, window: Window) -> tuple[Filter, ...]:
    """The filters that the part `ctf` of an instrument says, one for each optics group.

    Parameters
    ----------
    value : dict
        `pixel_size`, angstrom to a sample; `groups`, the arguments of a `TransferFunction` for
        each; and, where wanted, `margin` or `share` of `mtdbench.optics.point_spreads`.
    window : Window

    Raises
    ------
    InputError
        If it is not that.
    """
    if not isinstance(value, dict) or not {"pixel_size", "groups"} <= set(value) <= set(CTF_KEYS):
        raise InputError(f"expected the keys pixel_size and groups, of {', '.join(CTF_KEYS)}")
    functions = [TransferFunction(**group) for group in value["groups"]]
    if not functions:
        raise InputError("expected at least one group")
    margin = value.get("margin")
    if margin is not None and (not isinstance(margin, int) or margin < 0):
        raise InputError(f"margin {margin}: expected a whole number of samples")
    size, share = float(value["pixel_size"]), float(value.get("share", SHARE))
    return tuple(map(Convolution, point_spreads(functions, window.ndim, size, margin, share)))


def composed_by_group(first: Sequence[Filter], second: Sequence[Filter]) -> tuple[Filter, ...]:
    """The filters of each group, one after the other; a single one is that of all groups.

    Raises
    ------
    InputError
        If they are of different numbers of groups.
    """
    count = max(len(first), len(second))
    if {len(first), len(second)} - {1, count}:
        raise InputError(
            f"{len(first)} transfer functions and {len(second)} kernels: expected as many, or one"
        )
    pairs = zip(*(list(each) * (count // len(each)) for each in (first, second)), strict=True)
    return tuple(composed(before, after) for before, after in pairs)
