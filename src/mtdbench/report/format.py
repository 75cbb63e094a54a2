"""Numbers and durations as the report writes them."""

from typing import Any

import numpy as np

NOTHING = "–"


def number(value: Any, digits: int = 3) -> str:
    """A number with so many significant digits, text as it is, a dash for what is not there."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return NOTHING
    if isinstance(value, bool | np.bool_ | str):
        return str(value) or NOTHING
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        return f"{value:.{digits}g}"
    return str(value)


def duration(seconds: float) -> str:
    """Seconds in a unit that reads well, e.g. `3.4 min`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
