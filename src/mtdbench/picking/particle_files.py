"""Picks and particles as tables that other programs read."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mtdbench.files import replacing
from mtdbench.picking.particles import Particles
from mtdbench.picking.picks import Picks

Place = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Numbers of micrographs (T,) and places in them (T, d) to the places that a file says."""

AXIS_LETTERS = ("y", "x")
OPTICS_LABELS = ("OpticsGroup", "OpticsGroupName", "MicrographPixelSize")


def write_picks(path: Path, picks: Picks) -> None:
    """Write a CSV table with one row for every patch.

    Columns: `micrograph`; `patch_*`, the patch's first sample; `empty`, the probability that it
    shows nothing; `shift_*`, the most probable shift, its `probability`, and that of all shifts
    `near` it; `corner_*`, the first sample of the copy. y counts rows and x columns, from 0.
    """
    _write_csv(
        path,
        {
            "micrograph": picks.micrographs,
            **_named("patch", picks.patches),
            "empty": picks.empty,
            **_named("shift", picks.shifts),
            "probability": picks.probabilities,
            "near": picks.near,
            **_named("corner", picks.corners),
        },
    )


def as_they_are(micrographs: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places in the samples that were picked in."""
    return places


def write_particles(path: Path, particles: Particles, place: Place = as_they_are) -> None:
    """Write a CSV table with one row for every copy: `micrograph`, `corner_*`, its first sample,
    `centre_*`, its sample L // 2, and `probability`; places are those that `place` gives.
    """
    numbers = particles.micrographs
    _write_csv(
        path,
        {
            "micrograph": numbers,
            **_named("corner", place(numbers, particles.corners)),
            **_named("centre", place(numbers, particles.centres)),
            "probability": particles.probabilities,
        },
    )


def write_star(
    path: Path,
    particles: Particles,
    names: list[str],
    pixel_size: float | None = None,
    place: Place = as_they_are,
) -> None:
    """Write the copies of images as a STAR file, as RELION's particle coordinates are: centres in
    samples, the name of the micrograph, the probability as the figure of merit.

    Parameters
    ----------
    names : list of str
        Of the micrographs.
    pixel_size : float or None
        Angstrom to a sample, for a block of optics; None leaves the block out.
    place : Place
        Gives the places that are written.
    """
    labels = ["MicrographName", "CoordinateX", "CoordinateY", "AutopickFigureOfMerit"]
    centres = place(particles.micrographs, particles.centres)
    rows = zip(particles.micrographs, centres, particles.probabilities, strict=True)
    lines = [f"{_word(names[m])} {x:.6f} {y:.6f} {chance:.6f}" for m, (y, x), chance in rows]
    optics: list[str] = []
    if pixel_size is not None:
        optics = _block("optics", OPTICS_LABELS, [f"1 opticsGroup1 {pixel_size:.6f}"])
        labels, lines = [*labels, "OpticsGroup"], [f"{line} 1" for line in lines]
    with replacing(path) as temporary:
        text = "\n".join([*optics, *_block("particles", labels, lines)])
        temporary.write_text(text, encoding="utf-8")


def _block(name: str, labels: Sequence[str], lines: list[str]) -> list[str]:
    """The lines of a table in a STAR file, the last one empty."""
    head = [f"data_{name}", "", "loop_"]
    head += [f"_rln{label} #{number}" for number, label in enumerate(labels, 1)]
    return [*head, *lines, ""]


def _word(name: str) -> str:
    """A name as one entry of a STAR file, in quotes if it needs them."""
    if len(name.split()) == 1 and name[0] not in "'\"#_":
        return name
    quote = next((q for q in "\"'" if not re.search(rf"{q}\s", name)), '"')
    return f"{quote}{name}{quote}"


def _named(name: str, places: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (m, d) by the names of their axes."""
    axes = AXIS_LETTERS[-places.shape[1] :]
    return {f"{name}_{axis}": column for axis, column in zip(axes, places.T, strict=True)}


def _write_csv(path: Path, columns: dict[str, np.ndarray]) -> None:
    with replacing(path) as temporary:
        pd.DataFrame(columns).to_csv(temporary, index=False, float_format="%.6g")
