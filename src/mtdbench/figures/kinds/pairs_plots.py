"""How often copies lie at a distance from each other: estimated beside true.

It follows the figure of Lan, Bendory, Boumal, Singer, *Multi-target detection with an arbitrary
spacing distribution*, of the separations of signals, for which the distance is that of their first
samples.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.canvas import canvas
from mtdbench.figures.layout.legend import legend_entry
from mtdbench.figures.layout.panels import Panel, examples
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import Look
from mtdbench.model.separations import displacements, separation_classes
from mtdbench.results.reader import Results
from mtdbench.spaces import make_space

MOST_DATASETS = 6  # a panel each
TRUE_PAIRS = Look("true", "", "black", "", ())


@dataclass(frozen=True)
class Separations:
    """One data set: what it is, distances (C,), the true xi and that of each estimator there."""

    title: str
    distances: np.ndarray
    true: np.ndarray
    estimates: Mapping[str, np.ndarray]


def pairs_plots(subject: Subject) -> Iterator[Plot]:
    """xi against distance, if a method estimated it."""
    if "pairs_deviation" not in subject.rows:
        return
    estimated = subject.rows[subject.rows["pairs_deviation"].notna()]
    cells = examples(estimated, MOST_DATASETS)
    found = [dataset_separations(panel, subject.results) for panel in cells]
    drawn = [one for one in found if one is not None]
    if not drawn:
        return
    words = caption(
        "Probability that another copy lies at a displacement from a copy, in samples between"
        " their corners: the true share of the copies, and what each method estimated. Both are"
        " means over the displacements of equal length that the symmetries of the square exchange."
        " The first trial of each cell, not a chosen one.",
        left_out(drawn, estimated["cell"].nunique()),
    )
    draw = partial(draw_separations, drawn, subject.looks)
    yield Plot("separations", "Separations estimated beside true", words, draw)


def dataset_separations(panel: Panel, results: Results) -> Separations | None:
    """What there is to show of the first trial of a cell; None where nothing was kept."""
    cell, trial = str(panel.rows["cell"].iloc[0]), int(panel.rows["trial"].min())
    first = panel.rows[panel.rows["trial"] == trial]
    kept = {label: results.pairs(cell, trial, label) for label in first["estimator"].astype(str)}
    known = {label: pairs for label, pairs in kept.items() if pairs is not None}
    if not known:
        return None
    window = make_space(*(first[key].iloc[0] for key in ("space", "window", "basis"))).window
    lengths = np.linalg.norm(displacements(window), axis=1)
    label, count = separation_classes(window, tuple(reach - 1 for reach in window.spread))

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(label, values, count) / np.bincount(label, minlength=count)

    distances = mean(lengths)
    order = np.argsort(distances)
    estimates = {name: mean(pairs[0])[order] for name, pairs in known.items()}
    true = mean(next(iter(known.values()))[1])[order]
    return Separations(panel.title, distances[order], true, estimates)


def draw_separations(found: Sequence[Separations], styles: Mapping[str, Look]) -> Figure:
    """One panel for each data set."""
    shown = {
        label: look for label, look in styles.items() if any(label in s.estimates for s in found)
    }
    entries = [legend_entry(TRUE_PAIRS, TRUE_PAIRS.label)]
    entries += [legend_entry(look, label) for label, look in shown.items()]
    panels = [Panel(one.title, pd.DataFrame()) for one in found]
    figure, axes = canvas(panels, entries, "distance (samples)", r"$\xi$")
    for axis, one in zip(axes, found, strict=True):
        draw_pairs(axis, one.distances, one.true, TRUE_PAIRS)
        for label, look in shown.items():
            if label in one.estimates:
                draw_pairs(axis, one.distances, one.estimates[label], look)
    axes[0].set_ylim(bottom=0)
    return figure


def draw_pairs(axis: Axes, distances: np.ndarray, xi: np.ndarray, look: Look) -> None:
    """A line, and a marker at each distance."""
    axis.plot(
        distances, xi, color=look.colour, dashes=look.dashes, marker=look.marker or None,
        markeredgecolor="white", markeredgewidth=0.6, linewidth=1.1,
    )  # fmt: skip
