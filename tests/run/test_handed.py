"""What a run is handed tells no name, cannot be changed, and is what was in the file."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtdbench import InputError, make_space
from mtdbench.files import write_mrc
from mtdbench.run.handed import map_array, receive_inputs
from mtdbench.run.handing import hand_over, nameless
from mtdbench.run.job import Job
from mtdbench.run.sealed import seal_samples

Make = Callable[..., Job]


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("in_memory", [2**20, 0])
def test_an_array_is_mapped_as_it_is(
    tmp_path: Path, dtype: str, order: str, in_memory: int
) -> None:
    x = np.asarray(np.arange(24).reshape(2, 3, 4), dtype, order)
    np.save(tmp_path / "x.npy", x)
    descriptor = seal_samples(tmp_path / "x.npy", False, in_memory)
    mapped = map_array(descriptor)
    assert np.array_equal(mapped, x)
    assert mapped.dtype == x.dtype
    assert not hasattr(mapped, "filename")
    assert str(tmp_path) not in os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    with pytest.raises(ValueError, match="WRITEABLE"):
        mapped.setflags(write=True)
    with pytest.raises(OSError, match=r"not permitted|denied|read-only|Bad file"):
        os.pwrite(descriptor, b"\0", 0)


def test_a_large_file_is_handed_over_itself_where_its_name_is_of_no_use(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(9))
    descriptor = seal_samples(tmp_path / "x.npy", True, in_memory=100)
    assert os.fstat(descriptor).st_ino == (tmp_path / "x.npy").stat().st_ino
    assert map_array(descriptor).tolist() == [*range(9)]


def test_an_mrc_file_is_handed_over_too(tmp_path: Path) -> None:
    x = np.arange(27, dtype=np.float32).reshape(3, 3, 3)
    write_mrc(tmp_path / "x.mrc", x)
    assert np.array_equal(map_array(seal_samples(tmp_path / "x.mrc", True)), x)


def handed(job: Job, *names: str) -> tuple[list[str], object]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        told = hand_over(ours, job, names)
        return told, receive_inputs(theirs, Job(**nameless(job)))


def test_only_what_is_asked_for_is_there(job: Make, data: Path) -> None:
    known = replace(job("zero"), truth=str(data / "truth.npz"))
    space = make_space("line", 6)
    told, inputs = handed(known)
    assert told == []
    assert "/" not in repr(inputs)
    with pytest.raises(InputError, match="has to be told the true coefficients"):
        inputs.tell("truth", space)
    told, inputs = handed(known, "truth", "placement")
    assert told == ["truth", "placement"]
    with np.load(data / "truth.npz") as content:
        assert np.array_equal(inputs.tell("truth", space), content["x"])
    assert len(inputs.tell("placement", space).corners) > 0
    samples = inputs.measurement(space).samples
    assert np.array_equal(samples, np.load(data / "measurement.npy"))


@pytest.mark.parametrize("content", [None, b"", b"no array", b"\x93NUMPY\x01\x00\x08\x00{"])
def test_a_measurement_that_cannot_be_read_is_said_to_be(
    job: Make, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "measurement.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="measurement"):
        handed(replace(job("zero"), measurement=str(path)))


def test_samples_that_are_cut_off_are_refused(job: Make, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "measurement.npy"
    path.write_bytes((data / "measurement.npy").read_bytes()[:-8])
    with pytest.raises(InputError, match="measurement"):
        handed(replace(job("zero"), measurement=str(path)))[1].measurement(make_space("line", 6))


def test_two_that_hold_one_open_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    """They share its place of reading, which the ranks of one run do."""
    np.save(tmp_path / "y.npy", np.arange(6.0))
    descriptor = os.open(tmp_path / "y.npy", os.O_RDONLY)
    os.lseek(descriptor, 17, os.SEEK_SET)  # another is in the middle of the header
    np.testing.assert_array_equal(map_array(descriptor), np.arange(6.0))
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 17
    os.close(descriptor)
