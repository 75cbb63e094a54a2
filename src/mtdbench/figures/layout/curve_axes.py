"""What curves run along and what they show: axes, quantities and statistics, by their words."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mtdbench.figures.layout.bands import GEOMETRIC, MEDIAN, RMS
from mtdbench.figures.layout.option_sweeps import option_sweeps
from mtdbench.figures.layout.style import Look
from mtdbench.results.columns import drawable
from mtdbench.results.reader import FAILED
from mtdbench.study.schema import Drawing


@dataclass(frozen=True)
class Along:
    """A horizontal axis: its column of the table, its label with the unit, and its short name."""

    column: str
    label: str
    word: str


CURVE_AXES = {
    "snr": Along("snr", "SNR", "SNR"),
    "samples": Along("samples", "size of the measurement (samples)", "size"),
    "copies": Along("copies", "copies in the measurement", "copies"),
    "window": Along("window", "window $L$ (samples)", "window"),
    "density": Along("target_density", r"density $\gamma$", "density"),
    "gradient": Along("gradient", r"gradient over a micrograph ($\sigma$)", "gradient"),
    "colour": Along("colour", "correlation of neighbouring noise", "colour"),
    "fractions": Along("fractions", "width of the fractions (samples)", "fractions"),
    "amplitudes": Along("amplitudes", "relative spread of amplitudes", "amplitude spread"),
    "sigma_factor": Along("sigma_factor", r"told $\sigma$ / $\sigma$", "sigma factor"),
    "defocus": Along("defocus", "mean defocus (angstrom)", "defocus"),
}
CURVE_LABELS = drawable()
CENTRES = {"geometric mean": GEOMETRIC, "median": MEDIAN, "root mean square": RMS}


@dataclass(frozen=True)
class Curves:
    """The runs behind a figure of curves, their axis, and how each estimator is drawn."""

    along: Along
    rows: pd.DataFrame
    looks: Mapping[str, Look]


def curves_of(drawing: Drawing, rows: pd.DataFrame, looks: Mapping[str, Look]) -> Curves:
    """The runs with the axis that the figure asks for: an axis of the grid, or an option."""
    if drawing.y == "cpu_seconds":
        rows = timed(rows)
    if drawing.x in CURVE_AXES:
        return Curves(CURVE_AXES[drawing.x], rows, looks)
    for sweep in option_sweeps(rows, looks):
        if drawing.x in (sweep.option, sweep.title):
            along = Along("value", f"{sweep.option} ({sweep.method})", sweep.title)
            return Curves(along, sweep.rows, sweep.looks)
    return Curves(Along("value", drawing.x, drawing.x), rows, looks)


def timed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without the run times of failed runs, which only say when they were stopped."""
    return rows.assign(cpu_seconds=rows["cpu_seconds"].where(~rows["status"].isin(FAILED)))
