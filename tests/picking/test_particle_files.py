"""Coordinates as other programs read them, whatever the micrographs are called."""

import shlex
from pathlib import Path

import numpy as np
import pytest
import starfile

from mtdbench.picking.particle_files import write_star
from mtdbench.picking.particles import Particles
from mtdbench.spaces import Window

ONE = Particles(
    window=Window((5, 5)),
    micrographs=np.array([0, 1]),
    corners=np.array([[3, 4], [5, 6]]),
    probabilities=np.array([0.9, 0.5]),
)


@pytest.mark.parametrize("pixel_size", [None, 1.34])
def test_coordinates_are_x_and_y_of_the_centres(pixel_size: float | None, tmp_path: Path) -> None:
    write_star(tmp_path / "p.star", ONE, ["a.mrc", "b.mrc"], pixel_size)
    blocks = starfile.read(tmp_path / "p.star", always_dict=True)
    assert blocks["particles"]["rlnCoordinateX"].tolist() == [6, 8]
    assert blocks["particles"]["rlnCoordinateY"].tolist() == [5, 7]
    if pixel_size is None:
        assert list(blocks) == ["particles"]
    else:
        assert blocks["optics"]["rlnMicrographPixelSize"].tolist() == [pixel_size]
        assert blocks["particles"]["rlnOpticsGroup"].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["a.mrc", "a b.mrc", "it's a.mrc", "a 'b\" c.mrc", "#1.mrc"])
def test_a_name_is_one_entry(name: str, tmp_path: Path) -> None:
    """A quote ends an entry of a STAR file only before a blank."""
    write_star(tmp_path / "p.star", ONE, [name, "b.mrc"])
    text = (tmp_path / "p.star").read_text()
    line = next(line for line in text.splitlines() if line.endswith("0.900000"))
    entry = line.removesuffix(" 6.000000 5.000000 0.900000")
    quoted = entry[0] == entry[-1] and entry[0] in "'\""
    assert (entry[1:-1] if quoted else entry) == name
    if quoted:
        assert f"{entry[0]} " not in entry[1:-1]
    else:
        assert shlex.split(entry, posix=False) == [name]
