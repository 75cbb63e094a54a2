"""What estimators ask of their options and of a measurement, said in one way."""

from mtdbench.errors import InputError
from mtdbench.model.measurement import Measurement


def at_least(method: str, least: float, **options: float | None) -> None:
    """Check that no option that is given is below `least`, or NaN.

    Raises
    ------
    InputError
        If one is.
    """
    for name, value in options.items():
        if value is not None and not value >= least:
            raise InputError(f"option {name}={value} of {method}: expected at least {least:g}")


def well_separated(method: str, measurement: Measurement) -> None:
    """Check that the copies are well separated.

    Raises
    ------
    InputError
        If they may lie closer.
    """
    if measurement.spacing != "well-separated":
        raise InputError(f"spacing '{measurement.spacing}' for {method}: expected 'well-separated'")
