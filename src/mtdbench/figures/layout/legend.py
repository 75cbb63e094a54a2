"""The legend: its entries, in words, and how they are arranged below the panels."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mtdbench.figures.layout.style import MUTED, Look
from mtdbench.results.reader import FAILED
from mtdbench.run.status import Status


def legend_entry(look: Look, label: str) -> Line2D:
    """The entry of an estimator."""
    line = Line2D(
        [], [], color=look.colour, marker=look.marker or None, label=label,
        markeredgecolor="white", markeredgewidth=0.6, linewidth=1.1 if look.is_reference else 1.4,
    )  # fmt: skip
    line.set_dashes(look.dashes)
    return line


def band_entry(trials: str, what: str = "95 % band") -> Artist:
    """The entry of the confidence bands; a single trial has none, and is only named."""
    if trials == "1 trial":
        return Line2D([], [], linestyle="", label=trials)
    return Patch(facecolor="#999999", alpha=0.35, linewidth=0, label=f"{what}, {trials}")


def cross_entry() -> Line2D:
    """The entry of the crosses that mark failures."""
    return Line2D([], [], color=MUTED, marker="x", linestyle="", label="a run failed here")


def with_failures(label: str, rows: pd.DataFrame, lost: float | None = None) -> str:
    """The estimator's name and what did not end well, e.g. `em (2 of 15 failed)`.

    With `lost` it also says how many of the errors are larger than that.
    """
    rows = rows[rows["estimator"] == label]
    status = rows["status"]
    failed, cut = int(status.isin(FAILED).sum()), int((status == Status.BUDGET).sum())
    remarks = [f"{failed} of {len(status)} failed"] * (failed > 0)
    remarks += [f"{cut} of {len(status)} out of budget"] * (cut > 0)
    if lost is not None and (beyond := int((rows["error"] > lost).sum())):
        remarks.append(f"{beyond} of {len(status)} lost")
    return f"{label} ({', '.join(remarks)})" if remarks else label


def trials_in_words(rows: pd.DataFrame) -> str:
    """How many trials a cell has, e.g. `3 trials` or `3 to 5 trials`."""
    counts = rows.groupby("cell")["trial"].nunique()
    low, high = int(counts.min()), int(counts.max())
    many = f"{low} to {high}" if low < high else str(low)
    return f"{many} trial{'s' * (high > 1)}"


def draw_legend(figure: Figure, entries: Sequence[Artist]) -> float:
    """Draw the legend along the lower edge and return its height in inches.

    It has as many columns as the figure is wide enough for.
    """
    for columns in range(len(entries), 0, -1):
        legend = figure.legend(
            handles=list(entries), loc="outside lower center", ncols=columns,
            handlelength=2.6, columnspacing=1.2, borderaxespad=0.2, labelspacing=0.35,
        )  # fmt: skip
        size = legend.get_window_extent()
        if size.width <= figure.bbox.width or columns == 1:
            break
        legend.remove()
    return float(size.height) / figure.dpi
