"""The instrument of a measurement as files say it: the parts of a forward model by their names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mtdbench.errors import InputError, unknown
from mtdbench.files import is_file, read_array, read_json
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import NO_FILTER, ForwardModel
from mtdbench.model.optics_groups import composed_by_group, ctf_filters
from mtdbench.spaces import Space, Window

INSTRUMENT_FILE = "instrument.json"
"""The file beside a measurement that says what instrument recorded it; none for a bare one."""
MASK_FILE = "mask.npy"
"""Which samples of the measurement beside it were measured, 0 or 1; none where all were."""

Part = Callable[[Any, Window], dict[str, Any]]
"""The value of a part in a file, and the window of a copy, to arguments of `ForwardModel`, or to
`optics`, filters that act before its `filters`; raises `TypeError`, `ValueError` or `OverflowError`
for a value that is not valid.
"""


def _background(value: Any, window: Window) -> dict[str, Any]:
    return {"background": float(value)}


def _kernels(value: Any, window: Window) -> dict[str, Any]:
    kernels = [np.array(kernel, dtype=float) for kernel in value]
    if not all(kernel.ndim == window.ndim for kernel in kernels):
        raise InputError(f"expected {window.ndim} axes, as a window has")
    return {"filters": tuple(map(Convolution, kernels))}


def _groups(value: Any, window: Window) -> dict[str, Any]:
    return {"groups": np.array(value, dtype=int)}


def _ctf(value: Any, window: Window) -> dict[str, Any]:
    return {"optics": ctf_filters(value, window)}


PARTS: dict[str, Part] = {
    "background": _background,
    "kernels": _kernels,
    "groups": _groups,
    "ctf": _ctf,
}
"""The parts that a study file or `instrument.json` may name: the background, a convolution kernel
for each optics group, the group of each micrograph, and a transfer function for each optics group.
"""


def forward_model(
    space: Space, instrument: Mapping[str, Any], parts: Mapping[str, Part] = PARTS
) -> ForwardModel:
    """The forward model of a space behind an instrument; the trivial one if it has no parts.

    Raises
    ------
    InputError
        If a part is unknown, has a value that it cannot have, or says what another one says too.
    """
    arguments: dict[str, Any] = {}
    for name, value in instrument.items():
        if name not in parts:
            raise unknown("part of the instrument", name, parts)
        try:
            given = parts[name](value, space.window)
        except (TypeError, ValueError, OverflowError) as error:
            text = f"{name} = {str(value)[:60]} of the instrument: {error}"
            raise InputError(text) from None
        if twice := sorted(arguments.keys() & given):
            raise InputError(
                f"{name} of the instrument: another part gives {', '.join(twice)} too, expected one"
            )
        arguments |= given
    if optics := arguments.pop("optics", None):
        arguments["filters"] = composed_by_group(optics, arguments.get("filters", NO_FILTER))
        if len(arguments["filters"]) > 1 and "groups" not in arguments:
            raise InputError(
                f"ctf of the instrument: {len(optics)} optics groups and no groups: expected the"
                " group of each micrograph, from 0"
            )
    return ForwardModel(space, **arguments)


def read_forward_model(measurement: Path, space: Space) -> ForwardModel:
    """The forward model that the files beside a measurement describe, `instrument.json` and
    `mask.npy`; the trivial one if there are no such files.

    Raises
    ------
    InputError
        If a file cannot be read or is not valid.
    """
    forward, mask = forward_model(space, read_instrument(measurement)), mask_beside(measurement)
    return forward if mask is None else with_mask(forward, read_array(mask))


def mask_beside(measurement: Path) -> Path | None:
    """The file beside a measurement with its mask, if there is one."""
    path = measurement.with_name(MASK_FILE)
    return path if is_file(path) else None


def with_mask(forward: ForwardModel, mask: np.ndarray) -> ForwardModel:
    """The model of a measurement of which those samples were measured where a mask, of the shape of
    its samples, is not 0.

    Raises
    ------
    InputError
        If the mask has other axes than a measurement of the space.
    """
    ndim = forward.space.window.ndim
    if mask.ndim not in (ndim, ndim + 1):
        raise InputError(f"a mask of shape {mask.shape}: expected {ndim} axes, or {ndim + 1}")
    return replace(forward, measured=forward.space.window.stack(mask) != 0)


def read_instrument(measurement: Path) -> dict[str, Any]:
    """The parts in the file beside a measurement; none if there is no such file.

    Raises
    ------
    InputError
        If the file cannot be read or is not valid.
    """
    path = measurement.with_name(INSTRUMENT_FILE)
    return instrument_in(path) if is_file(path) else {}


def instrument_in(path: Path) -> dict[str, Any]:
    """The parts in a file.

    Raises
    ------
    InputError
        If the file cannot be read or is not valid.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read '{path}': {error} (expected its JSON)") from None
    if not isinstance(content, dict):
        raise InputError(f"'{path}' holds no instrument: expected keys such as {', '.join(PARTS)}")
    return content
