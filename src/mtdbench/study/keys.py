"""What the keys of a study file may hold, and the parts that they stand in."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _saturated(value: Any) -> Any:
    return None if value == "saturation" else value


MOST = 10**12
"""The largest whole number that a study file may name, seeds apart."""
Options = dict[str, JsonValue]

Density = Annotated[float | None, BeforeValidator(_saturated, json_schema_input_type=float | str)]
Number = Annotated[int, Field(le=MOST)]
Integers = Annotated[
    tuple[Number, ...],
    BeforeValidator(_listed, json_schema_input_type=int | list[int]),
    Field(min_length=1),
]
Numbers = Annotated[
    tuple[float, ...],
    BeforeValidator(_listed, json_schema_input_type=float | list[float]),
    Field(min_length=1),
]
Densities = Annotated[
    tuple[Density, ...],
    BeforeValidator(_listed, json_schema_input_type=float | str | list[float | str]),
    Field(min_length=1),
]
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
LABEL = r"^[A-Za-z0-9][A-Za-z0-9_.,=+ -]*$"
FileName = Annotated[str, Field(pattern=NAME, max_length=100)]

Fault = Literal["gradient", "colour", "fractions", "amplitudes", "sigma_factor", "defocus"]
FaultAxes = dict[Fault, Numbers]
"""Faults of the simulator, see `mtdbench.simulation.faults`, each with the values of an axis."""

Remedy = Literal["whiten", "flatten", "tell-optics"]
"""What may be done to a simulated measurement, see `mtdbench.study.remedies`."""


class Strict(BaseModel):
    """A part of a study file: misspelt keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
