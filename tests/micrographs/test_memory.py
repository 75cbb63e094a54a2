"""What memory files take: a mapped one next to none, several together that of their samples."""

import os
import subprocess
import sys
from pathlib import Path

import mrcfile
import numpy as np
import pytest

MIB = 2**20
SIDE, BYTES = 2048, 4 * 2048**2

READ = """
import resource, sys
from mtdbench.micrographs import read_micrographs
import mrcfile, mtdbench.spaces
unit = 1 if sys.platform == "darwin" else 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stack, _ = read_micrographs(sys.argv[1:], 2)[0].stacked()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit)
"""


def growth(*sources: Path) -> int:
    """Bytes by which the memory of a process grows that reads files as one measurement."""
    command = [sys.executable, "-c", READ, *map(str, sources)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def frames(write, samples) -> list[Path]:
    """Files of 16 MiB each."""
    y = samples((SIDE, SIDE))
    return [write(f"y{number}.mrc", y) for number in range(5)]


def test_one_file_is_not_held_in_memory(write, samples) -> None:
    y = np.repeat(samples((1, SIDE, SIDE)), 5, axis=0)
    for name in ("y.mrcs", "y.tif", "y.npy"):
        assert growth(write(name, y)) < 2 * BYTES


def test_several_files_are_held_once(frames: list[Path]) -> None:
    assert growth(*frames) < (len(frames) + 1) * BYTES


def test_a_compressed_file_is_not_held_in_memory(write, samples) -> None:
    y = np.repeat(samples((1, SIDE, SIDE), "i1"), 8, axis=0)
    assert growth(write("y.mrc.gz", y)) < BYTES


@pytest.mark.long
def test_a_frame_of_a_large_camera_is_estimated_from_within_1_5_gib(tmp_path: Path) -> None:
    with mrcfile.new(tmp_path / "y.mrc") as file:
        file.set_data(np.random.default_rng(0).standard_normal((5760, 4092), dtype=np.float32))
    form = ["--space", "disc", "--window", "31", "--option=n_init=1"]
    options = [f"--option={each}" for each in ("poses=2", "iterations=1")]
    command = [sys.executable, "-m", "mtdbench", "estimate", str(tmp_path / "y.mrc"), *form]
    process = subprocess.Popen([*command, *options, "--out", str(tmp_path / "out")])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) < 1536 * MIB
