"""Volumes as shaded surfaces beside the truth, for each space and window."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mtdbench.figures.layout.comparisons import FIRST_TRIALS, by_window, comparisons
from mtdbench.figures.layout.picture_grid import Comparison, draw_grid, leave_empty
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out
from mtdbench.figures.layout.style import Look
from mtdbench.figures.layout.surface_rendering import photograph, shaded, surface

ISO_LEVEL = 1.5  # standard deviations of the truth above its mean
SURFACE_WIDTH = 1.45  # inches, at most
TRUTH_COLOUR = "#c4c4c4"


def surfaces_plots(subject: Subject) -> Iterator[Plot]:
    """The volumes of the figure of estimates, all of a data set at the truth's level."""
    for part, one in by_window(subject):
        sets = [found for found in comparisons(one) if found.style.has_surface]
        if sets:
            words = caption(
                FIRST_TRIALS,
                "Surfaces at one level for each data set, the truth's mean +"
                f" {ISO_LEVEL:g} standard deviations, seen from the same side; volumes interpolated"
                " by Fourier zero-padding.",
                left_out(sets, one.rows["cell"].nunique()),
            )
            draw = partial(draw_surfaces, sets, one.looks)
            yield Plot("volume-isosurface", "Isosurfaces beside the truth", words, draw, part)


def draw_surfaces(sets: Sequence[Comparison], looks: Mapping[str, Look]) -> Figure:
    """A grid: the truth, then every estimate of the same data set."""
    return draw_grid(sets, looks, SURFACE_WIDTH, show_surface).figure


def show_surface(axis: Axes, one: Comparison, volume: np.ndarray, colour: str) -> None:
    """The surface of a volume in a panel, or the words that say why there is none."""
    level = float(one.truth.mean() + ISO_LEVEL * one.truth.std())
    triangles, normals = surface(volume, level)
    if not len(triangles):
        leave_empty(axis, one, "nothing at this level")
        return
    colours = shaded(normals, np.array(to_rgb(TRUTH_COLOUR if volume is one.truth else colour)))
    axis.imshow(photograph(triangles, colours, len(volume)))
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
