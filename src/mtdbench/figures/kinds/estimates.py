"""Which figures show the estimates themselves: pictures, and for volumes surfaces and FSC."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from mtdbench.figures.kinds.curves import trials_in_words
from mtdbench.figures.kinds.pictures import PAINTERS, Picture, PictureRow, draw_pictures
from mtdbench.figures.kinds.shell_correlation import curves, draw_fsc, half_set_curves
from mtdbench.figures.kinds.surfaces import LEVEL, draw_surfaces
from mtdbench.figures.layout.panels import Panel, described, examples
from mtdbench.figures.layout.plot import Plot, left_out, slug
from mtdbench.figures.layout.style import Look
from mtdbench.results.reader import FAILED, Results

MOST_PICTURES, MOST_FSC = 4, 6
SCALES = {
    1: " Grey: the truth.",
    2: " Each row has one grey scale, the truth's.",
    3: " Of each volume the central slices across z (top left), y (top right) and x (bottom left),"
    " on the truth's grey scale, and its projection along z (bottom right), on that of the truth's"
    " projection.",
}
"""How pictures of so many axes are to be read."""


def picture_plots(
    sweep: str, rows: pd.DataFrame, results: Results, styles: Mapping[str, Look]
) -> Iterator[Plot]:
    """Estimates beside the truth for each space and window, and what else shows volumes."""
    styles = {label: look for label, look in styles.items() if look.method != "zero"}
    rows = rows[rows["estimator"].isin(styles)]
    groups = list(rows.groupby(["space", "window"], sort=True))
    for (space, window), group in groups:
        suffix = f"-{space}-L{window:g}" if len(groups) > 1 else ""
        shown = [picture_row(panel, results, styles) for panel in examples(group, MOST_PICTURES)]
        drawn = [row for row in shown if row is not None]
        if not drawn:
            continue
        ndim = drawn[0].truth.ndim
        note = left_out(drawn, group["cell"].nunique())
        caption = f"{FIRST_TRIALS}{SCALES[ndim]}{note}"
        yield Plot(slug(f"{sweep}-estimates{suffix}"), sweep, "Estimates beside the truth", caption,
                   partial(draw_pictures, drawn, styles))  # fmt: skip
        if ndim == 3:
            yield surface_plot(f"{sweep}-volume-isosurface{suffix}", sweep, drawn, styles, note)
            yield from fsc_plots(f"{sweep}-fsc{suffix}", sweep, group, results, styles)


FIRST_TRIALS = (
    "Estimates, aligned, beside the truth: the first trial of each cell, not a chosen one."
    " Below each its relative error."
)


def picture_row(panel: Panel, results: Results, styles: Mapping[str, Look]) -> PictureRow | None:
    """What there is to show of the first trial of a cell; None where its truth was not kept."""
    cell, trial = str(panel.rows["cell"].iloc[0]), int(panel.rows["trial"].min())
    truth = results.truth(cell, trial)
    if truth is None or truth.ndim not in PAINTERS:
        return None
    first = panel.rows[panel.rows["trial"] == trial]
    estimates = {
        label: Picture(results.estimate(cell, trial, label), _verdict(float(error), status))
        for label, error, status in zip(
            first["estimator"], first["error"], first["status"], strict=True
        )
    }
    shared = first.iloc[0]
    words = [described(axis, shared[axis]) for axis in ("snr", "size")]
    title = "\n".join(dict.fromkeys(filter(None, [*re.split(", |\n", panel.title), *words])))
    return PictureRow(title, truth, estimates)


def _verdict(error: float, status: str) -> str:
    value = f"error {error:.3g}" if np.isfinite(error) else ""
    return f"{value} ({status})".strip() if status in FAILED else value or str(status)


def surface_plot(
    name: str, sweep: str, rows: list[PictureRow], styles: Mapping[str, Look], note: str
) -> Plot:
    """The same volumes as surfaces."""
    caption = (
        f"{FIRST_TRIALS} Surfaces at one level in each row, the truth's mean + {LEVEL:g} standard"
        f" deviations, seen from the same side; volumes interpolated by Fourier zero-padding.{note}"
    )
    return Plot(slug(name), sweep, "Isosurfaces beside the truth", caption,
                partial(draw_surfaces, rows, styles))  # fmt: skip


def fsc_plots(
    name: str, sweep: str, rows: pd.DataFrame, results: Results, styles: Mapping[str, Look]
) -> Iterator[Plot]:
    """Shell correlation of the last estimates with the truth, and of estimates from halves with
    each other, one panel for each cell.
    """
    panels = list(examples(rows, MOST_FSC))
    plots = [("Fourier shell correlation", name, curves, TO_TRUTH)]
    plots += [("Half-set Fourier shell correlation", f"{name}-half-set", half_set_curves, HALVES)]
    for title, called, correlations, subject in plots:
        found = [Panel(panel.title, correlations(panel.rows, results)) for panel in panels]
        drawn = [panel for panel in found if len(panel.rows)]
        if not drawn:
            continue
        caption = (
            f"{subject} Curves: median over the trials ({trials_in_words(rows)} in each cell)."
            " Bands: interval between order statistics that holds the median with at least 95 %,"
            f" of fewer than six trials their range.{left_out(drawn, rows['cell'].nunique())}"
        )
        draw = partial(draw_fsc, drawn, rows, styles)
        yield Plot(slug(called), sweep, title, caption, draw)


TO_TRUTH = (
    "Fourier shell correlation of the aligned estimates with the truth. A curve that falls below"
    " 0.5 at k has a resolution of L / k samples, the table's fsc_resolution. Runs without an error"
    " have no curve."
)
HALVES = (
    "Fourier shell correlation of the estimates from the two halves of a measurement with each"
    " other, each aligned with the truth."
)
