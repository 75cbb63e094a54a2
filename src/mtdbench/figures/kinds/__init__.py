"""The kinds of figures, one a file.

A kind is declared by its word in `mtdbench.study.schema.FigureKind`. Its file here is named after
it: `half-set` is drawn by the function `half_set_plots` in `half_set_plots.py`, a `Plotter`. Sweeps
have their figures in the order of the words.
"""

from importlib import import_module
from typing import get_args

from mtdbench.figures.layout.plot import Plotter
from mtdbench.study.schema import FigureKind


def plotter_of(kind: str) -> Plotter:
    """The function that draws a kind of figure."""
    name = f"{kind.replace('-', '_')}_plots"
    plotter: Plotter = getattr(import_module(f"{__name__}.{name}"), name)
    return plotter


KINDS: dict[str, Plotter] = {kind: plotter_of(kind) for kind in get_args(FigureKind)}
"""Every kind of figure: its word in a study file, and the function that draws it."""
