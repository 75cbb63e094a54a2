"""Which axes a sweep varies, and how its cells are divided over the panels of a figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtdbench.simulation.targets.fallback import is_stand_in
from mtdbench.spaces import make_space
from mtdbench.study.schema import Drawing

CELL = ("sweep", "space", "window", "size", "snr", "target_density")
FAULT_NAMES = {
    "gradient": "gradient",
    "colour": "colour",
    "fractions": "fractions",
    "amplitudes": "amplitudes",
    "sigma_factor": "sigma factor",
    "defocus": "defocus",
}
AXIS_NAMES = {"window": "L", "size": "N", "snr": "SNR", "target_density": "density", **FAULT_NAMES}


@dataclass(frozen=True)
class Panel:
    """One panel: what its cells have in common, in words, and their rows."""

    title: str
    rows: pd.DataFrame


def with_axes(table: pd.DataFrame) -> pd.DataFrame:
    """The table with columns that follow from the others.

    `target_density` is the density that the study asked for or, if it asked for saturation, the
    mean density of the cell; `samples` is N^d, the samples of the measurement; `copies` is how many
    it holds, the mean over the data sets of a cell; `density_deviation` is the relative error of
    the estimated density.
    """
    reached = table.groupby("cell")["density"].transform("mean").round(4)
    asked = pd.to_numeric(table.get("density_requested", reached), errors="coerce")
    size = pd.to_numeric(table["size"], errors="coerce").astype(float)
    smallest = table.groupby("space")["window"].min()
    axes = table["space"].map(
        {k: make_space(str(k), int(v)).window.ndim for k, v in smallest.items()}
    )
    samples = size**axes
    window = pd.to_numeric(table["window"], errors="coerce").astype(float)
    held = table["density"] * samples / window**axes
    copies = held.groupby(table["cell"]).transform("mean").round()
    found = table.get("density_estimated", pd.Series(np.nan, table.index)).astype(float)
    return table.assign(
        target_density=asked.fillna(reached), samples=samples, copies=copies,
        density_deviation=(found / table["density"] - 1).abs(),
    )  # fmt: skip


def are_from_files(rows: pd.DataFrame) -> bool:
    """Whether rows are about a measurement from files: nobody knows its SNR, or any truth."""
    return bool(rows["snr"].isna().all())


def rows_of(drawing: Drawing, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table that a figure shows."""
    rows = table[table["sweep"].isin(drawing.sweeps)]
    for axis, values in drawing.only.items():
        rows = rows[rows[axis].isin(values)]
    if drawing.together:
        rows = rows.assign(sweep=drawing.sweeps[0])
    if drawing.estimators:
        rows = rows[rows["estimator"].isin(drawing.estimators)]
    return rows


def varied(rows: pd.DataFrame) -> list[str]:
    """The axes of a cell that take several values in `rows`, first of all the sweep."""
    axes = (*CELL, *(name for name in FAULT_NAMES if name in rows))
    return [axis for axis in axes if rows[axis].nunique(dropna=False) > 1]


def panels(rows: pd.DataFrame, along: str | None) -> Iterator[Panel]:
    """The rows in panels in which only the axis `along` varies (no axis where it is None).

    `samples` and `copies` count as the axis `size`; panels come in ascending order of what sets
    them apart. A last line names the stand-in of a target that could not be had.
    """
    own = "size" if along in ("samples", "copies") else along
    apart = [axis for axis in varied(rows) if axis != own]
    if not apart:
        yield Panel(stand_in(rows), rows)
        return
    for values, part in rows.groupby(apart, sort=True, dropna=False):
        words = [", ".join(map(described, apart, values)), stand_in(part)]
        yield Panel("\n".join(filter(None, words)), part)


def stand_in(rows: pd.DataFrame) -> str:
    """`stand-in: volume:c4` where these rows are about that in place of the study's target."""
    if not {"target", "target_used"} <= set(rows):
        return ""
    pairs = rows[["target", "target_used"]].drop_duplicates().itertuples(index=False, name=None)
    used = sorted({used for target, used in pairs if is_stand_in(target, used)})
    return f"stand-in: {', '.join(used)}" if used else ""


def described(axis: str, value: Any) -> str:
    """The value of an axis in words, e.g. `SNR 2` or `N = 1000`."""
    if axis == "target_density" and pd.isna(value):
        return "density at saturation"  # and no cell that says which one it is
    number = short(float(value)) if isinstance(value, int | float | np.number) else str(value)
    if axis in ("window", "size"):
        return f"{AXIS_NAMES[axis]} = {number}"
    return f"{AXIS_NAMES.get(axis, '')} {number}".strip()


def short(value: float) -> str:
    """A number in few letters: four significant digits if it has many."""
    text = f"{value:g}"
    return text if len(text) <= 7 else f"{value:.4g}"


def examples(rows: pd.DataFrame, most: int) -> list[Panel]:
    """At most `most` cells of the sweep to look at closely: those of the largest size, if several.

    They are spread evenly over what else the sweep varies, SNR as a rule.
    """
    if rows.empty:
        return []
    largest = list(panels(rows[rows["size"] == rows["size"].max()], None))
    chosen = largest if len(largest) > 1 else list(panels(rows, None))
    fixed = rows["size"].nunique() > 1 and chosen is largest
    shared = f"{described('size', rows['size'].max())}, " if fixed else ""
    return [Panel(shared + panel.title, panel.rows) for panel in spread(chosen, most)]


def spread(items: list[Panel], most: int) -> list[Panel]:
    """At most `most` of the panels, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return items
    chosen = np.unique(np.linspace(0, len(items) - 1, most).round().astype(int))
    return [items[i] for i in chosen]
