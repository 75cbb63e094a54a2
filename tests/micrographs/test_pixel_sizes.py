"""The size of a sample: of the header, or of the user, whose word counts."""

import math
from pathlib import Path

import pytest
import tifffile

from mtdbench.errors import InputError
from mtdbench.micrographs import read_micrographs


@pytest.mark.parametrize("name", ["y.mrc", "y.mrcs.gz"])
@pytest.mark.parametrize("voxel", [1.34, 0.5, 12.25])
def test_the_header_says_it(name: str, voxel: float, write_mrc_file, samples) -> None:
    path = write_mrc_file(name, samples((12, 9)), voxel)
    assert read_micrographs([str(path)], 2)[0].pixel_size == voxel


@pytest.mark.parametrize("voxel", [0.0, -1.0, math.nan, math.inf])
def test_no_size_is_unknown(voxel: float, write_mrc_file, samples) -> None:
    path = write_mrc_file("y.mrc", samples((12, 9)), voxel)
    micrographs, remarks = read_micrographs([str(path)], 2)
    assert (micrographs.pixel_size, remarks) == (None, [])


@pytest.mark.parametrize(("voxel", "told"), [(0.0, False), (3.3, False), (1.34, True)])
def test_the_word_of_the_user_counts(voxel: float, told: bool, write_mrc_file, samples) -> None:
    path = write_mrc_file("y.mrc", samples((12, 9)), voxel)
    micrographs, remarks = read_micrographs([str(path)], 2, 3.3)
    assert micrographs.pixel_size == 3.3
    assert len(remarks) == told
    assert all("1.34" in remark and "3.3" in remark for remark in remarks)


@pytest.mark.parametrize("size", [0.0, -1.0, math.nan, math.inf])
def test_the_user_has_to_give_a_size(size: float, write_mrc_file, samples) -> None:
    path = write_mrc_file("y.mrc", samples((12, 9)))
    with pytest.raises(InputError, match=r"pixel size .*: expected a positive number"):
        read_micrographs([str(path)], 2, size)


def test_files_have_to_agree(write_mrc_file, samples) -> None:
    sizes = {"a.mrc": 1.34, "b.mrc": 0.0, "c.mrc": 1.3401, "d.mrc": 1.5}
    paths = [str(write_mrc_file(name, samples((12, 9)), size)) for name, size in sizes.items()]
    micrographs, (remark,) = read_micrographs(paths[:3], 2)
    assert micrographs.pixel_size == 1.34
    assert "1 of 3 files" in remark
    with pytest.raises(InputError, match=r"1\.34 and .*d\.mrc' 1\.5 angstrom"):
        read_micrographs(paths, 2)


def test_oblong_samples_are_told(write_mrc_file, samples) -> None:
    path = write_mrc_file("y.mrc", samples((12, 9)), (1.0, 1.2, 1.0))
    micrographs, (remark,) = read_micrographs([str(path)], 2)
    assert micrographs.pixel_size == 1.0
    assert "1.2" in remark


@pytest.mark.parametrize(
    ("how", "size"),
    [
        ({"resolution": (1e8 / 1.5, 1e8 / 1.5), "resolutionunit": 3}, 1.5),
        ({"resolution": (2.54e8 / 2, 2.54e8 / 2), "resolutionunit": 2}, 2.0),
        ({"resolution": (300, 300), "resolutionunit": 2}, None),
        ({"imagej": True, "resolution": (5.0, 5.0), "metadata": {"unit": "nm"}}, 2.0),
        ({"imagej": True, "resolution": (5.0, 5.0), "metadata": {"unit": "furlong"}}, None),
        ({}, None),
    ],
)
def test_the_resolution_of_tiff_files(
    how: dict, size: float | None, tmp_path: Path, samples
) -> None:
    """Unless it is meant for printers."""
    tifffile.imwrite(tmp_path / "y.tif", samples((12, 9)), photometric="minisblack", **how)
    found = read_micrographs([str(tmp_path / "y.tif")], 2)[0].pixel_size
    assert found == (size and pytest.approx(size, rel=1e-4))
