"""What a kind of figure is given, what it gives back, and the words of its caption."""

import re
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from mtdbench.figures.layout.style import Look
from mtdbench.results.reader import Results
from mtdbench.study.schema import Drawing


@dataclass(frozen=True)
class Plot:
    """One figure that can be drawn.

    Attributes
    ----------
    name : str
        What its file is called; a kind gives the ending only, e.g. `error-snr`.
    title, caption : str
        Its words.
    draw : callable
        Draws it.
    part : str
        What it shows, if its kind needs several figures: e.g. `line-L5`, a space and a window.
    sweep : str
        The sweep that it belongs to.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]
    part: str = ""
    sweep: str = ""


@dataclass(frozen=True)
class Subject:
    """What the figures of a kind are about.

    Attributes
    ----------
    rows : DataFrame
        Runs on whole measurements, with the axes that `panels.with_axes` adds; at least one.
    results : Results
        The study that they are from: its history, truths and estimates.
    looks : mapping
        How each estimator of the study is drawn.
    drawing : Drawing or None
        What the study asks for; None for the figures that every sweep has.
    """

    rows: pd.DataFrame
    results: Results
    looks: Mapping[str, Look]
    drawing: Drawing | None = None


Plotter = Callable[[Subject], Iterator[Plot]]
"""A kind of figure: the figures of that kind that a subject has; none if it has nothing to show."""


def caption(*sentences: str) -> str:
    """The sentences that are not empty, one after the other."""
    return " ".join(filter(None, sentences))


def left_out(chosen: Sized, every: int, what: str = "cells") -> str:
    """How many are shown, if not all of them."""
    return f"{len(chosen)} of {every} {what} are shown." if len(chosen) < every else ""


def slug(name: str) -> str:
    """A name that is safe as a file name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-")
