"""The curves of a sweep as numbers, for the page to draw with the values under the pointer."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtdbench.figures.layout.bands import geometric_interval, geometric_mean, positive
from mtdbench.figures.layout.panels import described, varied, with_axes
from mtdbench.figures.layout.style import Look

ALONG = {"snr": "SNR", "size": "N", "window": "L", "target_density": "density"}
"""The axes that a curve can run along, and their names."""
QUANTITIES = {
    "error": "relative error",
    "cpu_seconds": "CPU time (s)",
    "peak_rss_mib": "peak memory (MiB)",
}
"""What is drawn over an axis."""


@dataclass(frozen=True)
class CurvePoints:
    """One estimator along one axis, everything else fixed.

    Attributes
    ----------
    estimator, colour : str
    is_reference : bool
    axis : str
        The column along which it runs; empty where the sweep varies none.
    place : str
        What is fixed, in words.
    x : list of float
    values : dict
        For each of `QUANTITIES`, for each x: geometric mean, the ends of its 95 % interval (None
        with fewer than two runs), and how many runs there are; None where there is none.
    """

    estimator: str
    colour: str
    is_reference: bool
    axis: str
    place: str
    x: list[float]
    values: dict[str, list[list[float | None] | None]]


def interactive_curves(rows: pd.DataFrame, styles: Mapping[str, Look]) -> dict[str, Any]:
    """The curves of a sweep, from its runs on whole measurements, as JSON can hold them.

    Parameters
    ----------
    rows : DataFrame
    styles : mapping
        How the study's estimators are drawn, by their labels: as in its figures.
    """
    rows = with_axes(rows)
    axes = [axis for axis in varied(rows) if axis in ALONG]
    lines = [asdict(line) for axis in axes or [""] for line in _lines(rows, axis, styles)]
    return {
        "axes": [{"name": axis, "label": ALONG[axis]} for axis in axes],
        "quantities": [
            {"name": name, "label": label} for name, label in QUANTITIES.items() if name in rows
        ],
        "lines": lines,
    }


def _lines(rows: pd.DataFrame, axis: str, styles: Mapping[str, Look]) -> Iterator[CurvePoints]:
    fixed = [name for name in varied(rows) if name != axis]
    groups = rows.groupby(fixed, sort=True, dropna=False) if fixed else [((), rows)]
    for values, part in groups:
        place = ", ".join(map(described, fixed, values))
        for label, look in styles.items():
            runs = part[part["estimator"] == label]
            if len(runs):
                yield _line(runs, axis, place, look)


def _line(runs: pd.DataFrame, axis: str, place: str, look: Look) -> CurvePoints:
    cells = list(runs.groupby(axis, sort=True)) if axis else [(0.0, runs)]
    names = [name for name in QUANTITIES if name in runs]
    return CurvePoints(
        look.label, look.colour, look.is_reference, axis, place,
        [float(str(x)) for x, _ in cells],
        {name: [_point(cell[name]) for _, cell in cells] for name in names},
    )  # fmt: skip


def _point(values: pd.Series) -> list[float | None] | None:
    good = positive(values)
    if not good.size:
        return None
    ends = [float(end) if np.isfinite(end) else None for end in geometric_interval(good)]
    return [geometric_mean(good), *ends, int(good.size)]
