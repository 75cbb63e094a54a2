"""What is no micrograph is refused in one line that says what it is, and what to do."""

import bz2
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.micrographs import read_micrographs

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 209024\n"


def refusal(*sources: Path | str, ndim: int = 2) -> str:
    """The one line with which files are refused."""
    with pytest.raises(InputError) as caught:
        read_micrographs([*map(str, sources)], ndim)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["y.mrc", "y.tif", "y.npy", "y.mrcs.gz"])
def test_files_that_are_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert f"no file '{path}'" in refusal(path)
    for content in (b"", b"hello", b"hello " * 1000):
        path.write_bytes(content)
        assert f"cannot read '{path}'" in refusal(path)
    path.write_bytes(LFS_POINTER)
    line = f"'{path}' is a pointer of Git LFS, not the file: expected `git lfs pull`"
    assert refusal(path) == line


@pytest.mark.parametrize("name", ["y.mrc", "y.mrc.gz", "y.mrc.bz2", "y.tif", "y.npy"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_files_that_were_cut_off(name: str, share: float, write, samples) -> None:
    path = write(name, samples((60, 50)))
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    assert f"cannot read '{path}'" in refusal(path)


def test_a_header_says_how_many_bytes_are_missing(write, samples) -> None:
    path = write("y.mrc", samples((60, 50)))
    path.write_bytes(path.read_bytes()[:1024])
    assert "1024 of the 13024 bytes" in refusal(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("sides", [(30000, 30000, 1), (2**30, 2**30, 2**30), (-5, 7, 1), (0, 7, 1)])
def test_a_header_may_claim_anything(pack, sides: tuple, tmp_path: Path, write, samples) -> None:
    raw = write("y.mrc", samples((60, 50))).read_bytes()
    path = tmp_path / "z.mrc"
    path.write_bytes(pack(struct.pack("<3i", *sides) + raw[12:]))
    assert f"cannot read '{path}'" in refusal(path)


@pytest.mark.parametrize(
    ("mode", "words"),
    [(3, "complex"), (4, "complex"), (16, "colours"), (101, "4 bits"), (77, "mode '77'")],
)
def test_modes_of_mrc_files(mode: int, words: str, write, samples) -> None:
    path = write("y.mrc", samples((60, 50)))
    raw = path.read_bytes()
    path.write_bytes(raw[:12] + struct.pack("<i", mode) + raw[16:])
    assert words in refusal(path)
    assert "expected" in refusal(path)


@pytest.mark.parametrize("name", ["y.npy", "y.tif"])
def test_complex_numbers(name: str, write, samples) -> None:
    assert "complex" in refusal(write(name, samples((60, 50), "c8")))


@pytest.mark.parametrize("name", ["a.eer", "a.EER"])
def test_a_movie_by_its_format(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"II*\0")
    assert "(EER): expected the averaged micrograph" in refusal(tmp_path / name)


@pytest.mark.parametrize("gain", ["gain.mrc", "K3_gain_x1.m1.dm4", "SuperRef_1.dm4", "a.gain"])
def test_a_movie_by_the_gain_beside_it(gain: str, write, samples, tmp_path: Path) -> None:
    movie, image = write("movie.tif", samples((4, 60, 50))), write("y.tif", samples((60, 50)))
    assert len(read_micrographs([str(movie)], 2)[0].images) == 4
    (tmp_path / gain).touch()
    assert f"a movie of 4 frames that were not averaged ('{gain}' lies" in refusal(movie)
    assert len(read_micrographs([str(image)], 2)[0].images) == 1


@pytest.mark.parametrize("name", ["again.mrc", "bargain_1.tif", "references.mrc"])
def test_other_words_are_no_gain(name: str, write, samples, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert len(read_micrographs([str(write("m.tif", samples((4, 60, 50))))], 2)[0].images) == 4


@pytest.mark.parametrize("name", ["y.mrc", "y.tif", "y.npy", "y.mrc.gz"])
def test_nan_says_how_many_and_where(name: str, write, samples) -> None:
    y = samples((60, 50))
    y[7, 3] = y[7, 30] = np.nan
    y[59, 49] = np.inf
    text = refusal(write(name, y))
    assert f"'{name}'" in text
    assert "3 of 3000 samples, the first at (7, 3)" in text


def test_nan_in_one_of_several_names_it(write, samples) -> None:
    y = samples((3, 60, 50))
    y[1, 5, 6] = np.nan
    text = refusal(write("y.mrcs", y))
    assert "'000002@y.mrcs' holds NaN" in text
    assert "1 of 3000 samples, the first at (5, 6)" in text


@pytest.mark.parametrize("value", [0, 7])
def test_a_constant_measurement(value: int, write, samples) -> None:
    path = write("y.mrc", np.full((60, 50), value, "f4"))
    assert refusal(path) == (
        f"'y.mrc' is constant, all of its samples are {value}: expected a measurement"
    )
    assert "'y.mrc' is constant" in refusal(write("z.mrc", samples((60, 50))), path)


def test_numbers_beyond_single_precision(write, samples) -> None:
    y = samples((60, 50), "f8")
    y[0, 0] = 1e300
    assert "beyond 1e+15" in refusal(write("y.npy", y))


@pytest.mark.parametrize("shape", [(9,), (2, 3, 9, 9)], ids=str)
def test_other_numbers_of_axes(shape: tuple, write, samples) -> None:
    assert f"has shape {shape}: expected 2 axes, or 3" in refusal(write("y.npy", samples(shape)))


def test_other_formats_are_told_the_ones_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "y.dm4").touch()
    assert "cannot read" in (text := refusal(tmp_path / "y.dm4"))
    assert all(ending in text for ending in (".mrc", ".mrcs", ".map", ".rec", ".st", ".npy"))


def test_images_that_are_not_alike(tmp_path: Path, samples) -> None:
    import tifffile

    with tifffile.TiffWriter(tmp_path / "y.tif") as file:
        for shape in ((40, 32), (10, 8)):
            file.write(samples(shape), photometric="minisblack")
    assert "2 sets of images that are not alike" in refusal(tmp_path / "y.tif")
