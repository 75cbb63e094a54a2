"""Cramer-Rao bounds as lines beneath the curves of errors."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mtdbench.figures.layout.bands import bootstrap, root_mean_square
from mtdbench.figures.layout.canvas import line
from mtdbench.figures.layout.style import Look

BOUND_STYLES = {
    "bound": ("bound, patches", (0, (3, 1))),
    "bound_known": ("bound, poses known", (0, (4, 1, 1, 1, 1, 1))),
}
BOUND_COLOUR = "#333333"
BOUNDS_EXPLAINED = (
    "The bounds are Cramér-Rao: no unbiased method that sees the samples in patches on one grid"
    " has a smaller root mean square error than the first, and none at all a smaller one than the"
    " second, which takes places and poses as known."
)


def bound_lines(rows: pd.DataFrame) -> list[str]:
    """The columns of bounds that these rows have values in."""
    return [name for name in BOUND_STYLES if name in rows and np.isfinite(rows[name]).any()]


def draw_bounds(axis: Axes, rows: pd.DataFrame, x: str) -> None:
    """The root mean square of each bound over the data sets at each value of x."""
    for name in bound_lines(rows):
        sets = rows.drop_duplicates(["cell", "trial", x])
        bound = np.sqrt((sets[name] ** 2).groupby(sets[x]).mean().dropna())
        line(axis, bound, color=BOUND_COLOUR, lw=0.9, ls=BOUND_STYLES[name][1], zorder=1.5)


def bound_entries(rows: pd.DataFrame) -> list[Line2D]:
    """Their entries in the legend."""
    return [
        Line2D(
            [],
            [],
            color=BOUND_COLOUR,
            lw=0.9,
            ls=BOUND_STYLES[name][1],
            label=BOUND_STYLES[name][0],
        )
        for name in bound_lines(rows)
    ]


def efficiencies(rows: pd.DataFrame, x: str, looks: Mapping[str, Look]) -> str:
    """The efficiency of every rival in words: root mean square of the patches' bound over that of
    the error at each value of x, with the interval that the bootstrap of the errors leaves.
    """
    words = []
    groups = ["sweep", "estimator", x]
    for key, part in rows.groupby(groups, sort=False):
        sweep, label, value = cast(tuple[str, str, float], key)
        level = root_mean_square(part["bound"])
        if label not in looks or looks[label].is_reference or not np.isfinite(level):
            continue
        low, high = bootstrap(part["error"])
        middle = level / root_mean_square(part["error"])
        where = f"{sweep}, " if rows["sweep"].nunique() > 1 else ""
        words.append(
            f"{label}, {where}{value:g}: {middle:.2f} [{level / high:.2f}, {level / low:.2f}]"
        )
    return f"Efficiency, bound over error: {'; '.join(words)}." if words else ""
