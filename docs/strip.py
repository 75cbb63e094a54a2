"""Draws the strip at the top of the README: `make strip` (two CPU minutes).

A micrograph in which one sees nothing; the estimate of EM after 1 and 10 iterations and when it has
converged; the truth; and what a picker makes of the same micrograph, told the truth and told a
picture that is not in it.

    python docs/strip.py FOLDER [--size N]
"""

import argparse
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import mtdbench
from mtdbench.library.plotting import save_png

FACE = """
. . . . . . . . . . .
. . . o o o o o . . .
. . o o o o o o o . .
. o o # # o # # o o .
. o o # # o # # o o .
. o o o o o o o o o .
. o o o o o o o o o .
. o # # o o o # # o .
. . o # # # # # o . .
. . . o o o o o . . .
. . . . . . . . . . .
"""
LETTER = """
. . . . . . . . . . .
. . . o o o o o . . .
. . # # # # # # # . .
. o # # # # # # # o .
. o o o o # o o o o .
. o o o o # o o o o .
. o o o o # o o o o .
. o o o o # o o o o .
. . o o o # o o o . .
. . . o o # o o . . .
. . . . . . . . . . .
"""
GREY = {".": 0.0, "o": 1.0, "#": -1.2}
BASIS = "count:45"
POSES = 24  # rotations: 2.7 to a period of the fastest basis function, of order 9
SHOWN = 150  # samples of the micrograph along an axis


@dataclass(frozen=True)
class Panel:
    """A picture, what it is, and how wrong it is."""

    image: np.ndarray
    title: str
    caption: str


@dataclass(frozen=True)
class Layout:
    """How many panels stand side by side, the width in inches, the size of the words in points."""

    columns: int
    width: float
    points: float


LAYOUTS = {"": Layout(7, 11.0, 11.0), "-narrow": Layout(4, 5.2, 8.5)}


@dataclass(frozen=True)
class Page:
    """The colours of the page that the strip stands on."""

    ink: str
    paper: str


PAGES = {"": Page("#1f2328", "#ffffff"), "-dark": Page("#e6edf3", "#0d1117")}


def picture(art: str) -> np.ndarray:
    """An image drawn with characters, its mean over the disc taken away: copies are not brighter
    than what lies between them.
    """
    rows = [[GREY[mark] for mark in line.split()] for line in art.strip().splitlines()]
    image = np.array(rows)
    inside = image != 0
    image[inside] -= image[inside].mean()
    return np.asarray(image / np.sqrt(np.mean(image**2)))


def micrograph(size: int) -> mtdbench.Dataset:
    """The data set: copies of the face in all rotations, SNR 1/10."""
    target = "face.npy"  # its name is part of what the random numbers are drawn from
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        np.save(target, picture(FACE))
        return mtdbench.simulate("disc", 11, basis=BASIS, size=size, snr=0.1, target=target)


def recovered(data: mtdbench.Dataset) -> list[Panel]:
    """EM from one random start."""
    history: list[mtdbench.Estimate] = []
    mtdbench.estimate(data.measurement, "em", n_init=1, poses=POSES, callback=history.append)
    last = len(history) - 1  # the last estimate is given twice, the second time as converged
    return [
        panel(data, history[count - 1].x, f"EM, {count} iteration{'s' if count > 1 else ''}")
        for count in (1, 10, last)
    ]


def picked(data: mtdbench.Dataset, told: np.ndarray, title: str) -> Panel:
    """What a matched filter finds that is told to look for this object."""
    found = mtdbench.estimate(
        data.measurement, "matched-filter", truth=told, placement=data.placement, poses=POSES
    )
    return panel(data, found.x, title, towards=told)


def panel(
    data: mtdbench.Dataset, x: np.ndarray, title: str, towards: np.ndarray | None = None
) -> Panel:
    """An estimate, rotated as near to the truth, or to another object, as it goes."""
    error = mtdbench.error(data.space, x, data.truth)
    aligned = mtdbench.align(data.space, x, data.truth if towards is None else towards)
    return Panel(data.space.render(aligned), title, f"error {error:.2f}")


def panels(size: int) -> list[Panel]:
    """The pictures, from left to right."""
    data = micrograph(size)
    space, truth = data.space, data.truth
    letter = space.expand(picture(LETTER))
    crop = data.measurement.samples[:SHOWN, :SHOWN]
    return [
        Panel(crop, "micrograph, SNR 0.1", f"{data.facts['copies']} copies"),
        *recovered(data),
        Panel(space.render(truth), "truth", "never shown"),
        picked(data, truth, "picker, told truth"),
        picked(data, letter, "picker, told “T”"),
    ]


def draw(shown: Sequence[Panel], layout: Layout, page: Page) -> Figure:
    """The panels in rows and columns, on that page."""
    rows = -(-len(shown) // layout.columns)
    height = layout.width / layout.columns + 4 * layout.points / 72
    figure = Figure(figsize=(layout.width, height * rows), layout="constrained")
    figure.set_facecolor(page.paper)
    grid = list(figure.subplots(rows, layout.columns, squeeze=False).flat)
    for axis, each in zip(grid, shown, strict=False):
        paint(axis, each)
        axis.set_title(each.title, fontsize=layout.points, color=page.ink, pad=4)
        axis.set_xlabel(each.caption, fontsize=layout.points, color=page.ink, labelpad=4)
    for axis in grid[len(shown) :]:
        axis.remove()
    return figure


def paint(axis: Axes, each: Panel) -> None:
    """The picture of a panel, without a frame."""
    noise = len(each.image) == SHOWN
    axis.imshow(each.image, cmap="gray", interpolation="nearest" if noise else "bicubic")
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)


def main() -> None:
    """Draw it wide and narrow, for light and for dark pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1800, help="samples of the micrograph's side")
    given = parser.parse_args()
    shown = panels(given.size)
    for each in shown:
        print(f"{each.title}: {each.caption}")
    for (shape, layout), (colours, page) in product(LAYOUTS.items(), PAGES.items()):
        save_png(draw(shown, layout, page), given.folder / f"strip{shape}{colours}.png")


if __name__ == "__main__":
    main()
