"""Faults: how a simulated measurement departs from the model that estimators are told."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

from mtdbench.errors import InputError, unknown

LARGEST_DEFOCUS = 100_000
"""Angstrom; no micrograph is farther out of focus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is in a measurement, and in no forward model that an estimator is given.

    Target, places, poses and the white noise beneath stay the same whatever the faults are, so that
    data sets that differ in a fault alone differ by it alone.

    Attributes
    ----------
    gradient : float
        Slope of a background: its change from one side of a micrograph to the other in a random
        direction, in sigmas; its mean is 0.
    colour : float
        a in [0, 1): noise is correlated by a^|lag| along each axis, its variance stays sigma^2.
    fractions : float
        w in [0, 1]: copies lie beside samples, by fractions uniform on [-w/2, w/2).
    amplitudes : float
        Relative standard deviation of the amplitudes of copies, log-normal with mean 1.
    sigma_factor : float
        What estimators are told as sigma, divided by sigma.
    defocus : float
        Angstrom: micrographs lie behind the transfer functions of `mtdbench.simulation.defocus`, in
        the mean so far out of focus; 0 for none.

    Raises
    ------
    InputError
        If a value is out of its range.
    """

    gradient: float = 0.0
    colour: float = 0.0
    fractions: float = 0.0
    amplitudes: float = 0.0
    sigma_factor: float = 1.0
    defocus: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gradient", "amplitudes"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0):
                raise InputError(f"fault {name} = {value}: expected a number, 0 or larger")
        if not 0 <= self.colour < 1:
            raise InputError(f"fault colour = {self.colour}: expected a number in [0, 1)")
        if not 0 <= self.fractions <= 1:
            raise InputError(f"fault fractions = {self.fractions}: expected a number in [0, 1]")
        if not (isfinite(self.sigma_factor) and self.sigma_factor > 0):
            factor = self.sigma_factor
            raise InputError(f"fault sigma_factor = {factor}: expected a positive number")
        if not 0 <= self.defocus <= LARGEST_DEFOCUS:
            raise InputError(
                f"fault defocus = {self.defocus}: expected angstrom, 0 to {LARGEST_DEFOCUS}"
            )

    @property
    def present(self) -> dict[str, float]:
        """Those that are there, by name."""
        every = {each.name: float(getattr(self, each.name)) for each in fields(self)}
        return {name: value for name, value in every.items() if value != NEUTRAL[name]}


NEUTRAL: dict[str, Any] = {each.name: each.default for each in fields(Faults)}
"""The value of each fault that is none."""
NO_FAULTS = Faults()


def named_faults(values: Mapping[str, float]) -> Faults:
    """The faults with these values by name.

    Raises
    ------
    InputError
        If there is no such fault, or a value is out of its range.
    """
    for name in values:
        if name not in NEUTRAL:
            raise unknown("fault", name, NEUTRAL)
    return Faults(**values)
