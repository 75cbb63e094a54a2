"""What was written is what is read, in every container and type."""

from collections.abc import Callable
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import tifffile

from mtdbench.errors import InputError
from mtdbench.micrographs import read_micrographs

NAMES = [
    *(
        "y.mrc",
        "y.MRC",
        "y.mrcs",
        "y.map",
        "y.rec",
        "Y.ST",
        "y.ali",
        "y.mrc.gz",
        "y.map.bz2",
        "y.mrcs.GZ",
    ),
    *("y.tif", "y.TIFF", "y.npy", "y.NPY", "name with 'quotes\" #1 ü[0].mrc"),
]
MRC_TYPES = ["i1", "i2", "u2", "f2", "f4", ">i2", ">f4"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [None, 1, 3])
def test_every_container(name: str, count: int | None, write, samples) -> None:
    if name.endswith(".GZ"):
        packed = write("y.mrcs.gz", samples((*([count] if count else []), 12, 9)))
        path = packed.rename(packed.with_name(name))
    else:
        path = write(name, samples((*([count] if count else []), 12, 9)))
    expected = samples((*([count] if count else []), 12, 9)).reshape(-1, 12, 9)
    micrographs, remarks = read_micrographs([str(path)], 2)
    assert remarks == []
    assert np.array_equal(np.stack(micrographs.images), expected)
    alone = len(expected) == 1
    numbers = [""] if alone else [f"{number:06d}@" for number in (1, 2, 3)]
    assert micrographs.names == tuple(number + path.name for number in numbers)
    assert micrographs.pixel_size is None


@pytest.mark.parametrize("name", ["y.mrc", "y.mrc.gz"])
@pytest.mark.parametrize("dtype", MRC_TYPES)
def test_every_type_of_mrc_files(name: str, dtype: str, write, samples) -> None:
    expected = samples((12, 9), dtype)
    (image,) = read_micrographs([str(write(name, expected))], 2)[0].images
    assert np.array_equal(image, expected)
    assert image.dtype.newbyteorder("=") == (np.float32 if dtype == "f2" else np.dtype(dtype[-2:]))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
@pytest.mark.parametrize(
    "how", [{}, {"compression": "zlib"}, {"tile": (16, 16)}, {"byteorder": ">"}]
)
def test_every_type_of_tiff_files(dtype: str, how: dict, tmp_path: Path, samples) -> None:
    expected = samples((2, 40, 33), dtype)
    tifffile.imwrite(tmp_path / "y.tif", expected, photometric="minisblack", **how)
    micrographs, _ = read_micrographs([str(tmp_path / "y.tif")], 2)
    assert np.array_equal(np.stack(micrographs.images), expected)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits"])
@pytest.mark.parametrize("count", [1, 2])
def test_tiff_files_that_pillow_wrote(
    compression: str, count: int, tmp_path: Path, samples
) -> None:
    """tifffile alone does not read them."""
    from PIL import Image

    expected = samples((count, 40, 33), "u1")
    first, *others = map(Image.fromarray, expected)
    more = {"save_all": True, "append_images": others}
    first.save(tmp_path / "y.tif", compression=compression, **more)
    micrographs, _ = read_micrographs([str(tmp_path / "y.tif")], 2)
    assert np.array_equal(np.stack(micrographs.images), expected)


@pytest.mark.parametrize("ndim", [1, 2])
@pytest.mark.parametrize("count", [None, 2])
def test_signals_and_images_of_npy_files(ndim: int, count: int | None, write, samples) -> None:
    expected = samples((*([count] if count else []), 12, 9)[-ndim - bool(count) :], "f8")
    micrographs, _ = read_micrographs([str(write("y.npy", expected))], ndim)
    assert np.array_equal(micrographs.stacked()[0], expected.reshape(-1, *expected.shape[-ndim:]))


def test_a_header_without_the_word_map_is_read_with_a_remark(write, samples) -> None:
    path = write("y.mrc", samples((12, 9)))
    raw = path.read_bytes()
    path.write_bytes(raw[:208] + bytes(8) + raw[216:])
    micrographs, (remark,) = read_micrographs([str(path)], 2)
    assert np.array_equal(micrographs.images[0], samples((12, 9)))
    assert "lacks the word MAP" in remark
    assert str(path) in remark


def test_an_extended_header_is_skipped(tmp_path: Path, samples) -> None:
    with mrcfile.new(tmp_path / "y.mrc") as file:
        file.set_data(samples((12, 9)))
        file.set_extended_header(np.zeros(77, "V1"))
    (image,) = read_micrographs([str(tmp_path / "y.mrc")], 2)[0].images
    assert np.array_equal(image, samples((12, 9)))


@pytest.mark.parametrize(("flags", "dtype"), [(0, "u1"), (1, "i1")])
def test_bytes_of_imod_are_unsigned_unless_its_flag_says_so(
    flags: int, dtype: str, write, samples
) -> None:
    path = write("y.mrc", samples((12, 9), "i1"))
    raw = bytearray(path.read_bytes())
    raw[152:160] = np.array([1146047817, flags], "<i4").tobytes()
    path.write_bytes(raw)
    (image,) = read_micrographs([str(path)], 2)[0].images
    assert np.array_equal(image, samples((12, 9), "i1").view(dtype))


@pytest.mark.parametrize(("name", "told"), [("y.mrc", True), ("y.map", True), ("y.mrcs", False)])
def test_sections_of_a_volume_are_micrographs(
    name: str, told: bool, write_mrc_file, samples
) -> None:
    path = write_mrc_file(name, samples((3, 12, 9)), volume=True)
    micrographs, remarks = read_micrographs([str(path)], 2)
    assert len(micrographs.images) == 3
    assert [("3 micrographs" in remark) for remark in remarks] == [True] * told


def test_grey_values_in_colour_formats(tmp_path: Path, samples) -> None:
    """Three equal colours, with or without transparency, and a palette of greys."""
    expected = samples((12, 9), "u1")
    opaque = np.full((12, 9), 255, "u1")
    for name, planes in {"a.tif": [expected] * 3, "b.tif": [*[expected] * 3, opaque]}.items():
        tifffile.imwrite(tmp_path / name, np.stack(planes, axis=2), photometric="rgb")
    greys = np.tile(np.arange(256, dtype=np.uint16)[::-1] * 257, (3, 1))
    tifffile.imwrite(tmp_path / "c.tif", expected, photometric="palette", colormap=greys)
    for name, values in {"a.tif": expected, "b.tif": expected, "c.tif": greys[0][expected]}.items():
        micrographs, (remark,) = read_micrographs([str(tmp_path / name)], 2)
        assert np.array_equal(micrographs.images[0], values)
        assert "grey" in remark


def test_a_thumbnail_is_no_micrograph(tmp_path: Path, samples) -> None:
    with tifffile.TiffWriter(tmp_path / "y.tif") as file:
        file.write(samples((40, 32)), photometric="minisblack")
        file.write(samples((10, 8)), photometric="minisblack", subfiletype=1)
    micrographs, _ = read_micrographs([str(tmp_path / "y.tif")], 2)
    assert [image.shape for image in micrographs.images] == [(40, 32)]


def test_colours_are_refused(tmp_path: Path, samples) -> None:
    tifffile.imwrite(tmp_path / "a.tif", samples((12, 9, 3), "u1"), photometric="rgb")
    tifffile.imwrite(tmp_path / "b.tif", samples((3, 12, 9), "u1"), photometric="rgb")
    colours = np.arange(3 * 256, dtype=np.uint16).reshape(3, 256)
    expected: Callable[..., np.ndarray] = samples
    tifffile.imwrite(
        tmp_path / "c.tif", expected((12, 9), "u1"), photometric="palette", colormap=colours
    )
    for name in ("a.tif", "b.tif", "c.tif"):
        with pytest.raises(InputError, match=r"colours.*expected"):
            read_micrographs([str(tmp_path / name)], 2)
