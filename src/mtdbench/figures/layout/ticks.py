"""Logarithmic axes with ticks that can be read."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from mtdbench.figures.layout.bands import positive

BEYOND = 2.5  # how far, as a factor, a band may stretch the axis beyond the curves


def log_x(axis: Axes, values: np.ndarray, names: Sequence[str]) -> None:
    """A logarithmic x axis with ticks at the grid's own `values`, named by `names`."""
    axis.set_xscale("log")
    if not len(values):
        return
    kept = readable(values, names)
    labels = {float(values[i]): names[i] for i in kept}
    axis.xaxis.set_major_locator(FixedLocator(list(labels)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: labels.get(float(x), "")))
    axis.xaxis.set_minor_locator(NullLocator())
    margin = (values.max() / values.min()) ** 0.06 if values.max() > values.min() else 1.5
    axis.set_xlim(values.min() / margin, values.max() * margin)


def linear_x(axis: Axes, values: np.ndarray, names: Sequence[str]) -> None:
    """A linear x axis with ticks at the grid's own `values`, named by `names`: of faults, and of a
    density that may be 0.
    """
    if not len(values):
        return
    axis.set_xticks(values, names)
    margin = 0.06 * (values.max() - values.min()) or 0.5
    axis.set_xlim(values.min() - margin, values.max() + margin)


def log_time(axis: Axes) -> None:
    """A logarithmic x axis of seconds."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    subs = (1, 2, 5) if high < 20 * low else (1, 3) if high < 500 * low else (1,)
    axis.xaxis.set_major_locator(LogLocator(subs=subs))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def log_y(axes: Sequence[Axes], crosses: int = 0) -> None:
    """A logarithmic y axis for all panels, with room for `crosses` lines of crosses at the top.

    The curves decide its range: a band that is wider by more than a factor is cut.
    """
    drawn = [np.asarray(line.get_ydata(), dtype=float) for axis in axes for line in axis.lines]
    curves = positive(np.concatenate([*drawn, []]))
    if not curves.size:
        axes[0].set(yscale="log", ylim=(0.01, 1))
        return
    bands = positive(np.concatenate([axis.dataLim.intervaly for axis in axes]))
    low = max(bands.min(), curves.min() / BEYOND)
    high = min(bands.max(), curves.max() * BEYOND)
    span = max(high / low, 2.0)
    axes[0].set(yscale="log", ylim=(low / span**0.05, high * span ** (0.05 + 0.08 * crosses)))
    decades = np.log10(span)
    steps = (1,) if decades > 2.5 else (1, 3) if decades > 1.1 else (1, 2, 5)
    axes[0].yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.3g}"))
    axes[0].yaxis.set_minor_formatter(NullFormatter())


def readable(values: np.ndarray, names: Sequence[str]) -> list[int]:
    """The indices of the ticks that can be named without touching each other."""
    span = float(np.log(values.max() / values.min())) or 1.0
    kept: list[int] = []
    for i, value in enumerate(values):
        letters = len(re.sub(r"[$^{}]|\\[a-z]+", "", names[i]))
        if not kept or np.log(value / values[kept[-1]]) / span > 0.036 * (letters + 1.5):
            kept.append(i)
    return kept


def tick_name(column: str, value: float, rows: pd.DataFrame) -> str:
    """A value of the grid as its tick writes it: sizes as N^d, whole powers of ten as such."""
    if column not in ("samples", "copies") or not value:
        return f"{value:g}"
    if column == "samples" and (axes := _axes_of(value, rows)) > 1:
        return f"${round(value ** (1 / axes))}^{axes}$"
    power = int(np.floor(np.log10(value)))
    head = value / 10**power
    if power < 4 or not np.isclose(head * 10, round(head * 10)):
        return f"{value:g}"
    return f"$10^{power}$" if np.isclose(head, 1) else rf"${head:g}\cdot10^{power}$"


def _axes_of(samples: float, rows: pd.DataFrame) -> int:
    """How many axes a measurement of so many samples has."""
    size = float(rows.loc[rows["samples"] == samples, "size"].iloc[0])
    return round(np.log(samples) / np.log(size))
