"""The picture of an estimate."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtdbench.figures.layout.painters import paint
from mtdbench.figures.layout.save import DPI, METADATA, theme
from mtdbench.files import replacing
from mtdbench.library.comparing import align, error
from mtdbench.spaces import Space

SIGNAL_COLOUR = "#0072b2"  # of a signal
PANEL_INCHES = {1: (3.4, 2.2), 2: (3.2, 2.8), 3: (3.2, 2.8)}  # inches, of one picture
VOLUME = "slices across z, y (above) and x; projection along z"


def plot(space: Space, x: np.ndarray, truth: np.ndarray | None = None) -> Figure:
    """A figure of an estimate: a signal as a line, an image in grey, a volume as its three central
    slices and its projection along z.

    Parameters
    ----------
    space : Space
    x : array, shape (n,)
        Coefficients.
    truth : array, shape (n,), or None
        Where given, x is aligned with it, drawn beside it (a signal: over it) on its scale, and the
        relative error stands above.

    Returns
    -------
    matplotlib.figure.Figure
        `plot(...).savefig("estimate.png")` writes it; a notebook shows it after
        `%matplotlib inline`.
    """
    with theme():
        if truth is None:
            array = space.render(x)
            figure, axes = _canvas(array.ndim, 1)
            _panel(figure, axes[0], array, array)
            return figure
        aligned, target = space.render(align(space, x, truth)), space.render(truth)
        figure, axes = _canvas(target.ndim, 1 if target.ndim == 1 else 2)
        _panel(figure, axes[-1], aligned, target)
        axes[-1].set_title(f"estimate, error {error(space, x, truth):.3g}")
        if len(axes) == 2:
            _panel(figure, axes[0], target, target)
            axes[0].set_title("truth")
        return figure


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG: whole or not at all, and the same file whenever it is written."""
    with theme(), replacing(path) as temporary:
        figure.draw_without_rendering()  # lays the figure out, once and for all
        figure.set_layout_engine("none")
        colour = figure.get_facecolor()  # not the theme's, where the figure has its own
        figure.savefig(temporary, format="png", dpi=DPI, metadata=METADATA["png"], facecolor=colour)


def _canvas(ndim: int, count: int) -> tuple[Figure, list[Axes]]:
    """An empty figure with so many panels for objects of that dimension."""
    width, height = PANEL_INCHES[ndim]
    figure = Figure(figsize=(width * count, height), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False).flat)


def _panel(figure: Figure, axis: Axes, array: np.ndarray, truth: np.ndarray) -> None:
    """One object on the scale of the truth, with what its axes mean."""
    both = (array, truth) if array.ndim == 1 else (truth,)
    low, high = min(float(a.min()) for a in both), max(float(a.max()) for a in both)
    margin = 0.05 * (high - low or 1.0)
    paint(axis, array, truth, (low - margin, high + margin), SIGNAL_COLOUR)
    if array.ndim == 1:
        axis.set_xlabel("sample")
    if array.ndim == 3:
        axis.set_xlabel(VOLUME, fontsize=6)
    for image in axis.images[:1]:
        figure.colorbar(image, ax=axis, shrink=0.9)
