"""Maps: axes in whatever order they are stored, and broken files."""

from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.simulation.targets.maps import read_map, read_volume

VOLUME = np.random.default_rng(0).random((4, 5, 6)).astype(np.float32)


def write(path: Path, data: np.ndarray, order: tuple[int, int, int] = (1, 2, 3)) -> None:
    with mrcfile.new(path) as file:
        file.set_data(data)
        file.set_volume()
        file.header.mapc, file.header.mapr, file.header.maps = order


@pytest.mark.parametrize("name", ["a.mrc", "a.map", "a.MAP"])
def test_maps_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, VOLUME)
    np.testing.assert_array_equal(read_volume(tmp_path / name), VOLUME)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3), (3, 1, 2), (2, 3, 1)])
def test_axes_come_as_z_y_x(tmp_path: Path, order: tuple[int, int, int]) -> None:
    columns, rows, sections = (3 - axis for axis in order)  # x is the last axis of ours
    write(
        tmp_path / "a.map", np.ascontiguousarray(VOLUME.transpose(sections, rows, columns)), order
    )
    np.testing.assert_array_equal(read_volume(tmp_path / "a.map"), VOLUME)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.float16])
def test_numbers_of_other_kinds(tmp_path: Path, dtype: type) -> None:
    data = (VOLUME * 100).astype(dtype)
    write(tmp_path / "a.mrc", data)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.mrc"), data)


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", VOLUME)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.npy"), VOLUME)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((3, 3)), r"shape \(3, 3\): space 'ball' expects 3 axes"),
        (np.ones((0, 3, 3)), "expects 3 axes"),
        (np.full((3, 3, 3), np.nan), "holds NaN"),
        (np.ones((3, 3, 3)) * 1j, "expected real numbers"),
    ],
)
def test_arrays_that_are_no_volumes(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=message):
        read_volume(tmp_path / "a.npy")


def test_complex_map(tmp_path: Path) -> None:
    write(tmp_path / "a.mrc", VOLUME.astype(np.complex64))
    with pytest.raises(InputError, match="expected real numbers"):
        read_map(tmp_path / "a.mrc")


@pytest.mark.parametrize("size", [0, 100, 1024, 1100])
def test_truncated_maps(tmp_path: Path, size: int) -> None:
    write(tmp_path / "a.mrc", VOLUME)
    (tmp_path / "a.mrc").write_bytes((tmp_path / "a.mrc").read_bytes()[:size])
    with pytest.raises(InputError, match=r"cannot read .*a.mrc") as caught:
        read_volume(tmp_path / "a.mrc")
    assert "\n" not in str(caught.value)
