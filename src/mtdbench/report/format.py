"""Numbers, durations and lists as the report writes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtdbench.report.findings import Ratio

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


def factor(value: float) -> str:
    """A ratio with two digits after the point if it is near to 1, else two significant digits."""
    return f"{value:.2f}" if 0.1 <= value < 10 else f"{value:.2g}"


def ratio_text(ratio: Ratio) -> str:
    """A ratio and its interval, e.g. `0.41 (0.35 to 0.48)`."""
    if not ratio.has_interval:
        return factor(ratio.value)
    return f"{factor(ratio.value)} ({factor(ratio.low)} to {factor(ratio.high)})"


def enumeration(words: Sequence[str]) -> str:
    """The words as a sentence lists them, e.g. `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def duration(seconds: float) -> str:
    """Seconds in a unit that reads well, e.g. `3.4 min`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
