"""Volumes on disk, and files larger than the memory."""

import subprocess
import sys
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench.files import read_array, release_pages, write_mrc, write_rendered


def test_a_volume_is_a_valid_mrc_file(tmp_path: Path) -> None:
    volume = np.random.default_rng(0).normal(size=(5, 6, 7))
    path = tmp_path / "new" / "volume.mrc"
    write_mrc(path, np.zeros((3, 3, 3)))
    write_mrc(path, volume)  # in its place
    assert mrcfile.validate(path)
    with mrcfile.open(path) as file:
        assert file.is_volume()
        assert file.data.dtype == np.float32
        assert file.voxel_size.tolist() == (1.0, 1.0, 1.0)
        assert (file.header.nx, file.header.ny, file.header.nz) == (7, 6, 5)
    np.testing.assert_array_equal(read_array(path), volume.astype("f4"))
    assert [other.name for other in path.parent.iterdir()] == ["volume.mrc"]


def test_the_same_volume_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.mrc", "two.mrc"):
        write_mrc(tmp_path / name, np.ones((4, 4, 4)))
    assert (tmp_path / "one.mrc").read_bytes() == (tmp_path / "two.mrc").read_bytes()


def test_only_volumes_are_written_as_mrc_too(tmp_path: Path) -> None:
    for ndim in (1, 2, 3):
        write_rendered(tmp_path / f"em 0.5 {ndim}.npy", np.ones((4,) * ndim))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"em 0.5 1.npy", "em 0.5 2.npy", "em 0.5 3.npy", "em 0.5 3.mrc"}


STREAMED = """
import sys
import numpy as np
import pytest
from mtdbench import Measurement, make_space
from mtdbench.estimators.random_start import random_start
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.model.measurement import pieces
from mtdbench.run.memory import forget_peak, peak_mib
from mtdbench.spaces import Window
samples = np.load(sys.argv[1], mmap_mode="r")
measured_moments(samples[None, : 2**15], Window((2,)))
forget_peak()
before = peak_mib()
measured_moments(samples[None], Window((2,)))
assert all(np.isfinite(part).all() for part in pieces(samples[None]))
random_start(Measurement(samples, make_space("line", 5), 1.0), np.random.default_rng(1))
print(peak_mib() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give memory back when they like")
def test_what_is_streamed_from_a_file_does_not_stay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.npy"
    np.save(path, np.ones(2**26, np.float32))  # 256 MiB
    answer = subprocess.run([sys.executable, "-c", STREAMED, path], capture_output=True, check=True)
    assert float(answer.stdout) < 128


def test_letting_go_changes_no_array(tmp_path: Path) -> None:
    path = tmp_path / "short.npy"
    np.save(path, np.arange(10000.0))
    for mode in ("r", "c", None):
        array = np.load(path, mmap_mode=mode)
        if mode != "r":
            array[5] = 7
        view = array.view()
        view.flags.writeable = False
        release_pages(view[3:])
        np.testing.assert_array_equal(view[6:], np.arange(6, 10000))
        assert view[5] == (5 if mode == "r" else 7)
