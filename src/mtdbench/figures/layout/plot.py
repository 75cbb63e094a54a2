"""A figure that can be drawn, and the words that its name and caption are made of."""

import re
from collections.abc import Callable, Sized
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Plot:
    """One figure that can be drawn: its file name, where it belongs, and its words."""

    name: str
    sweep: str
    title: str
    caption: str
    draw: Callable[[], Figure]


def left_out(chosen: Sized, every: int, what: str = "cells") -> str:
    """How many are shown, where it is not all of them."""
    return f" {len(chosen)} of {every} {what} are shown." if len(chosen) < every else ""


def slug(name: str) -> str:
    """A name that is safe as a file name."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-")
