"""Files, folders, patterns, images of stacks and STAR files are one measurement."""

from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.micrographs import read_micrographs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_mrc_file, samples) -> Path:
    """A working directory with micrographs of two sizes in it."""
    monkeypatch.chdir(tmp_path)
    for number in (1, 2, 3):
        write_mrc_file(f"data/m{number}.mrc", samples((12, 9), seed=number), 1.5)
    write_mrc_file("stack.mrcs", samples((4, 12, 9), seed=4), 1.5)
    write_mrc_file("other/m1.mrc", samples((10, 11), seed=5), 1.5)
    Path("data/notes.txt").touch()
    return tmp_path


def star(name: str, rows: list[str], label: str = "MicrographName", head: str = "") -> str:
    """A STAR file that lists files, one in a row."""
    lines = [head, "data_micrographs", "", "loop_", f"_rln{label} #1", "_rlnOpticsGroup #2"]
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("\n".join([*lines, *rows, ""]))
    return name


def optics(*sizes: float, label: str = "MicrographPixelSize") -> str:
    rows = [f"{number} {size}" for number, size in enumerate(sizes, 1)]
    head = ["data_optics", "", "loop_", "_rlnOpticsGroup #1", f"_rln{label} #2"]
    return "\n".join([*head, *rows, ""])


def names(*sources: str) -> tuple[str, ...]:
    return read_micrographs(sources, 2)[0].names


ALL = ("m1.mrc", "m2.mrc", "m3.mrc")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["data"], ALL),
        (["data/"], ALL),
        (["data/*.mrc"], ALL),
        (["**/m[23].mrc"], ALL[1:]),
        (["data/m3.mrc", "data/m1.mrc"], ("m3.mrc", "m1.mrc")),
        (["000002@stack.mrcs"], ("000002@stack.mrcs",)),
        (["data/m1.mrc", "other/m1.mrc"], ("data/m1.mrc", "other/m1.mrc")),
    ],
)
def test_what_is_meant(sources: list[str], expected: tuple[str, ...]) -> None:
    assert names(*sources) == expected


def test_samples_are_those_of_the_files_in_order(samples) -> None:
    sources = ["data/m3.mrc", "3@stack.mrcs", "data/m2.mrc"]
    images = read_micrographs(sources, 2)[0].images
    expected = [samples((12, 9), seed=3), samples((4, 12, 9), seed=4)[2], samples((12, 9), seed=2)]
    assert np.array_equal(np.stack(images), expected)


def test_a_file_named_like_a_pattern_is_that_file(write_mrc_file, samples) -> None:
    write_mrc_file("m[1].mrc", samples((12, 9)))
    assert names("m[1].mrc") == ("m[1].mrc",)


def test_what_is_given_twice_is_read_once_with_a_remark() -> None:
    micrographs, (remark,) = read_micrographs(["data", "data/../data/m2.mrc"], 2)
    assert micrographs.names == ALL
    assert "given twice" in remark


def test_the_gain_of_a_camera_in_a_folder_is_left_out(write_mrc_file, samples) -> None:
    write_mrc_file("data/gain_ref.mrc", samples((12, 9)))
    micrographs, (remark,) = read_micrographs(["data"], 2)
    assert micrographs.names == ALL
    assert "gain_ref.mrc" in remark


@pytest.mark.parametrize("place", ["list.star", "MotionCorr/job002/list.STAR"])
def test_a_star_file_lists_micrographs(place: str) -> None:
    """By names that count from the folder of the project."""
    rows = ["data/m2.mrc 1", "data/m1.mrc 1", "000003@stack.mrcs 1"]
    micrographs, _ = read_micrographs([star(place, rows)], 2)
    assert micrographs.names == ("data/m2.mrc", "data/m1.mrc", "000003@stack.mrcs")
    assert micrographs.pixel_size == 1.5


def test_a_star_file_may_be_read_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path(star("MotionCorr/job002/list.star", ["data/m2.mrc 1"])).absolute()
    monkeypatch.chdir("other")
    assert names(str(place)) == ("data/m2.mrc",)


def test_particles_name_each_micrograph_once() -> None:
    rows = ["data/m2.mrc 1", "data/m1.mrc 1", "data/m2.mrc 1"]
    assert names(star("particles.star", rows)) == ("data/m2.mrc", "data/m1.mrc")


@pytest.mark.parametrize("label", ["MicrographPixelSize", "MicrographOriginalPixelSize"])
def test_the_optics_say_the_size_of_a_sample(label: str) -> None:
    rows = ["data/m2.mrc 2", "data/m1.mrc 2"]
    listing = star("list.star", rows, head=optics(7.7, 2.25, label=label))
    assert read_micrographs([listing], 2)[0].pixel_size == 2.25


def test_optics_groups_with_two_sizes_are_refused() -> None:
    listing = star("list.star", ["data/m2.mrc 1", "data/m1.mrc 2"], head=optics(1.0, 2.0))
    with pytest.raises(InputError, match=r"has 1 and .* 2 angstrom .*--pixel-size"):
        read_micrographs([listing], 2)
    assert read_micrographs([listing], 2, 1.7)[0].pixel_size == 1.7


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nothing/*.mrc", "no file matches 'nothing/*.mrc'"),
        ("empty", "folder 'empty' holds no micrographs"),
        ("5@stack.mrcs", "no image 5: expected 1 to 4"),
        ("0@stack.mrcs", "no image 0"),
        ("none.star", "no file 'none.star'"),
        ("bare.star", "lists no micrographs: expected a column rlnMicrographName"),
        ("broken.star", "cannot read 'broken.star'"),
        ("gone.star", "no file 'data/m9.mrc'"),
        ("movies.star", "'movies.star' lists movies"),
        ("sizes.star", "'sizes.star' has rlnMicrographPixelSize 'wide'"),
    ],
)
def test_what_names_nothing_is_refused(source: str, words: str) -> None:
    Path("empty").mkdir()
    Path("bare.star").write_text("hello")
    Path("broken.star").write_text("data_a\nloop_\n_rlnMicrographName #1\na b\nc\n")
    star("gone.star", ["data/m9.mrc 1"])
    star("movies.star", ["data/m1.tif 1"], "MicrographMovieName")
    star("sizes.star", ["data/m1.mrc 1"], head=optics("wide"))  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        read_micrographs([source], 2)
    assert words in str(caught.value)
