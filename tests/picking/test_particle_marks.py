"""Marks from tables, and the mean of what they mark."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtdbench.errors import InputError
from mtdbench.picking.particle_files import write_star
from mtdbench.picking.particle_marks import Marks, marked_mean, read_marks
from mtdbench.picking.particles import Particles
from mtdbench.spaces import Window

PLACES = np.array([[3.0, 10.0], [7.0, 2.0]])  # y, x


def table(path: Path, **more: object) -> Path:
    pd.DataFrame({"x": PLACES[:, 1], "y": PLACES[:, 0], **more}).to_csv(path, index=False)
    return path


def test_a_table_belongs_to_the_micrograph_of_its_name(tmp_path: Path) -> None:
    files = [table(tmp_path / f"{name}.csv") for name in ("b", "other")]
    found = read_marks(files, ["in/a.mrc", "in/b.mrc"], 2)
    assert list(found) == [1]
    assert np.array_equal(found[1], PLACES)


def test_a_column_of_names_says_which_micrograph_is_meant(tmp_path: Path) -> None:
    path = table(tmp_path / "all.csv", micrograph=["000002@s.mrcs", "000001@s.mrcs"])
    found = read_marks([path], ["000001@s.mrcs", "000002@s.mrcs"], 2)
    assert found[0].tolist() == [[7, 2]]
    assert found[1].tolist() == [[3, 10]]


def test_the_star_file_that_pick_writes_is_read_back(tmp_path: Path) -> None:
    corners = PLACES.astype(int) - 2
    particles = Particles(Window((5, 5)), np.array([0, 1]), corners, np.ones(2))
    write_star(tmp_path / "p.star", particles, ["a.mrc", "b.mrc"])
    found = read_marks([tmp_path / "p.star"], ["a.mrc", "b.mrc"], 2)
    assert [found[m].tolist() for m in (0, 1)] == [[[3, 10]], [[7, 2]]]


@pytest.mark.parametrize("text", ["x,z\n1,2\n", "x,y\n1,nan\n", "x,y\n1,two\n", ""])
def test_tables_without_places_are_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=r"a\.csv'"):
        read_marks([tmp_path / "a.csv"], ["a.mrc"], 2)


def test_marks_of_no_micrograph_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected tables that have the names"):
        read_marks([table(tmp_path / "a.csv")], ["b.mrc"], 2)


@pytest.mark.parametrize("ndim", [1, 2])
def test_the_mean_is_over_the_windows_at_the_marks_that_fit(ndim: int) -> None:
    rng = np.random.default_rng(0)
    images = [rng.normal(size=(20,) * ndim) for _ in range(2)]
    places = np.full((3, ndim), 1.0) * [[5], [11], [1]]  # the last one hangs over
    numbers = np.array([0, 1, 1])
    mean = marked_mean(images, Marks(numbers, places, np.arange(2)), 5)
    windows = [images[0][(slice(3, 8),) * ndim], images[1][(slice(9, 14),) * ndim]]
    assert np.allclose(mean, np.mean(windows, axis=0), atol=1e-12)
    between = marked_mean(images[:1], Marks(np.zeros(1, int), places[:1] + 0.5, np.zeros(1)), 4)
    corners = [np.roll(images[0], step, 0)[(slice(4, 8),) * ndim] for step in (0,)]
    assert between.shape == corners[0].shape


def test_parts_are_numbered_from_their_own_beginning() -> None:
    marks = Marks(np.array([0, 1, 2]), np.array([[1.0, 1], [8, 1], [9, 1]]), np.array([0, 2]))
    part = marks.within(1, 3)
    assert (part.micrographs.tolist(), part.marked.tolist()) == ([0, 1], [1])
    rows = marks.rows(8, 20)
    assert rows.places.tolist() == [[0, 1], [1, 1]]
    assert marks.places[1, 0] == 8  # and the marks stay as they were
