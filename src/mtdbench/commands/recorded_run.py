"""What the `run.json` of an estimate says, for whoever picks with the estimate."""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from mtdbench.commands.user_measurement import UserMeasurement
from mtdbench.errors import InputError
from mtdbench.files import is_folder, read_facts
from mtdbench.preparation import Settings


def recorded_run(estimate: Path) -> dict[str, Any]:
    """The content of the `run.json` in the folder of an estimate; empty if there is none."""
    return read_facts((estimate if is_folder(estimate) else estimate.parent) / "run.json")


def known_sigma(asked: float | None, recorded: Mapping[str, Any]) -> float:
    """The sigma that the user gives; else the one that the estimate was given, or found.

    Raises
    ------
    InputError
        If nobody knows it.
    """
    if asked is not None:
        return asked
    for name in ("sigma", "sigma_estimated"):
        if sigma := _positive(recorded.get(name)):
            return sigma
    raise InputError(
        "--sigma is missing, and no run.json beside the estimate has it: expected the standard"
        " deviation of the noise"
    )


def recorded_subsamples(recorded: Mapping[str, Any]) -> int:
    """The fractions of a sample, along each axis, at which the estimate let copies lie."""
    options = recorded.get("options")
    given = options.get("subsamples") if isinstance(options, dict) else None
    return given if isinstance(given, int) and given > 0 else 1


def recorded_settings(recorded: Mapping[str, Any]) -> Settings | None:
    """How the micrographs of the estimate were prepared, with what was found out of it: others are
    prepared alike. None where they were not prepared.

    Raises
    ------
    InputError
        If what is recorded are no settings.
    """
    settings, found = recorded.get("settings"), recorded.get("preparation")
    if not isinstance(settings, dict) or not isinstance(found, dict):
        return None
    sign = found.get("contrast")
    known = {field.name for field in fields(Settings)}
    given = {name: value for name, value in settings.items() if name in known}
    try:
        return Settings(**given | ({"sign": sign} if sign in ("dark", "light") else {}))
    except TypeError as error:
        raise InputError(f"run.json of the estimate: {error} (expected its settings)") from None


def with_sigma_of(user: UserMeasurement, recorded: Mapping[str, Any]) -> UserMeasurement:
    """A measurement whose sigma is known: where nobody gave it, that which the estimate found in
    samples that were prepared alike, else that which the preparation found.
    """
    if user.measurement.sigma is not None or user.prepared is None:
        return user
    sigma = _positive(recorded.get("sigma_estimated")) or user.prepared.sigma
    return replace(user, measurement=replace(user.measurement, sigma=sigma))


def with_pixel_size_of(user: UserMeasurement, recorded: Mapping[str, Any]) -> UserMeasurement:
    """A measurement that has the size of the estimate's samples, if its own is unknown; with a
    remark, if the two are known and differ.
    """
    size = _positive(recorded.get("pixel_size"))
    if size is None:
        return user
    if user.pixel_size is None:
        return replace(user, pixel_size=size)
    if math.isclose(user.pixel_size, size, rel_tol=0.01):
        return user
    remark = (
        f"the estimate has {size:g} angstrom to a sample, the measurement {user.pixel_size:g}:"
        " copies may look different"
    )
    return replace(user, remarks=(*user.remarks, remark))


def _positive(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < math.inf else None
