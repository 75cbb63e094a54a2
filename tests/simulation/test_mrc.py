"""Datasets of several micrographs: independent parts of one measurement."""

import hashlib
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench import InputError, Measurement, Placement, make_space
from mtdbench.model.separations import least_separation
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.simulation.blocks import noise_rows
from mtdbench.simulation.mrc import write_mrc_images

DISC = Recipe(space="disc", window=5, size=120, snr=2.0, density=0.04, seed=1, micrographs=3)
LINE = Recipe(space="line", window=10, size=5000, snr=0.5, density=0.3, micrographs=4)
BOTH = pytest.mark.parametrize("recipe", [DISC, LINE], ids=["disc", "line"])


def clean(recipe: Recipe, folder: Path) -> np.ndarray:
    """The noise-free measurement, copy by copy."""
    space, truth = make_space(recipe.space, recipe.window), np.load(folder / "truth.npz")
    told, y = Placement.load(folder / "placement.npz"), np.zeros(recipe.shape)
    images = space.project(truth["x"], told.poses)
    for m, corner, image in zip(told.micrographs, told.corners, images, strict=True):
        place = (m, *(slice(c, c + recipe.window) for c in corner))
        y[place] = image.reshape((recipe.window,) * len(corner))
    return y


def test_a_single_micrograph_is_what_it_was_before_there_were_several(tmp_path: Path) -> None:
    """Datasets on disk keep their meaning: the bits of two of them."""
    known = {
        "disc": (replace(DISC, micrographs=1), "067ae3f26ab90aec", "00484c926e600433"),
        "line": (
            replace(LINE, micrographs=1, target="asd1"),
            *("05369488d058c81e", "ca5cdde5a12872a5"),
        ),
    }
    for name, (recipe, measurement, corners) in known.items():
        write_dataset(recipe, tmp_path / name)
        data = (tmp_path / name / "measurement.npy").read_bytes()
        placed = np.load(tmp_path / name / "placement.npz")["corners"].tobytes()
        assert hashlib.sha256(placed).hexdigest().startswith(corners)
        assert hashlib.sha256(data).hexdigest().startswith(measurement)


@BOTH
def test_the_files_hold_all_micrographs(recipe: Recipe, tmp_path: Path) -> None:
    content = write_dataset(recipe, tmp_path)
    space = make_space(recipe.space, recipe.window)
    measurement = Measurement.load(tmp_path / "measurement.npy", space, content["sigma"])
    assert measurement.samples.dtype == np.float32
    assert measurement.samples.shape == recipe.shape
    assert measurement.stack.shape[0] == content["micrographs"] == recipe.micrographs
    told = Placement.load(tmp_path / "placement.npz")
    assert len(told.corners) == len(told.poses) == len(told.micrographs) == content["copies"]
    share = recipe.window**space.window.ndim / measurement.samples.size
    assert content["density"] == pytest.approx(content["copies"] * share)
    assert content["density"] == pytest.approx(recipe.density, abs=share)
    order = np.lexsort((*told.corners.T[::-1], told.micrographs))
    assert np.array_equal(order, np.arange(len(order)))


@BOTH
def test_each_micrograph_keeps_the_distance_and_its_share(recipe: Recipe, tmp_path: Path) -> None:
    content = write_dataset(recipe, tmp_path)
    (least, *_) = least_separation(make_space(recipe.space, recipe.window).window, recipe.spacing)
    told = Placement.load(tmp_path / "placement.npz")
    parts = [told.within(m).corners for m in range(recipe.micrographs)]
    counts = [len(part) for part in parts]
    assert sum(counts) == content["copies"]
    assert max(counts) - min(counts) <= 1
    for part in parts:
        apart = np.abs(part[:, None] - part).max(axis=2)[np.triu_indices(len(part), 1)]
        assert apart.min() >= least
        assert 0 <= part.min() <= part.max() <= recipe.size - recipe.window
    for one, other in pairwise(parts):
        assert not np.array_equal(one, other)


def test_the_number_of_copies_is_rounded_for_the_whole(tmp_path: Path) -> None:
    """Ten signals of 30 samples at a density that gives 0.6 of a copy to each: 6 in all."""
    recipe = Recipe(space="line", window=5, size=30, snr=1.0, density=0.1, micrographs=10)
    assert write_dataset(recipe, tmp_path)["copies"] == 6
    with pytest.raises(InputError, match=r"at least 0\.017"):
        replace(recipe, density=0.005)


def test_saturation_fills_every_micrograph(tmp_path: Path) -> None:
    content = write_dataset(replace(DISC, density=None), tmp_path)
    counts = np.bincount(Placement.load(tmp_path / "placement.npz").micrographs)
    assert len(counts) == 3
    assert np.all((counts * 25 / 120**2 > 0.15) & (counts * 25 / 120**2 < 0.25))
    assert content["copies"] == counts.sum()


@BOTH
def test_snr_and_noise_are_those_of_the_whole(recipe: Recipe, tmp_path: Path) -> None:
    content = write_dataset(recipe, tmp_path)
    signal = clean(recipe, tmp_path)
    covered = content["copies"] * recipe.window ** (signal.ndim - 1)
    assert np.sum(signal**2) / covered / content["sigma"] ** 2 == pytest.approx(recipe.snr)
    noise = (np.load(tmp_path / "measurement.npy") - signal) / content["sigma"]
    for part in noise:
        assert abs(part.mean()) < 4 / np.sqrt(part.size)
        assert np.std(part) == pytest.approx(1, abs=4 / np.sqrt(2 * part.size))
    for one, other in pairwise(noise):
        assert abs(np.mean(one * other)) < 4 / np.sqrt(one.size)


def test_no_two_micrographs_share_a_stream(tmp_path: Path, streams: list[tuple[int, ...]]) -> None:
    recipe = replace(DISC, size=1500)
    write_dataset(recipe, tmp_path)
    blocks = -(-recipe.size // noise_rows(recipe.size, 2))
    assert blocks == 3
    assert len(set(streams)) == len(streams) == 2 + 3 * (1 + blocks)


@pytest.mark.parametrize("micrographs", [1, 3])
def test_the_images_are_the_measurement(micrographs: int, tmp_path: Path) -> None:
    recipe = replace(DISC, micrographs=micrographs, mrc=True)
    write_dataset(recipe, tmp_path)
    path = tmp_path / "measurement.mrc"
    assert mrcfile.validate(path)
    y = np.load(tmp_path / "measurement.npy")
    with mrcfile.open(path) as file:
        assert np.array_equal(file.data, y)
        assert file.is_image_stack() == (micrographs > 1)
        assert file.header.rms == pytest.approx(y.std(dtype=float), rel=1e-5)
    space = make_space("disc", 5)
    assert np.array_equal(Measurement.load(path, space).samples, y)
    again = path.read_bytes()
    write_dataset(recipe, tmp_path)
    assert path.read_bytes() == again
    write_dataset(replace(recipe, mrc=False), tmp_path)
    assert not path.exists()  # none that belongs to another measurement
    assert np.array_equal(np.load(tmp_path / "measurement.npy"), y)


def test_images_are_written_piece_by_piece(tmp_path: Path) -> None:
    y = np.lib.format.open_memmap(tmp_path / "y.npy", "w+", np.float32, (2, 3000, 3000))
    y[1, -1, -1] = 7
    tracemalloc.start()
    write_mrc_images(tmp_path / "y.mrc", y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < y.nbytes  # 69 MiB; a piece is 16 MiB and twice that in float64
    with mrcfile.mmap(tmp_path / "y.mrc") as file:
        assert file.data[1, -1, -1] == file.header.dmax == 7
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["y.mrc", "y.npy"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"micrographs": 0}, "micrographs 0: expected a whole number, 1 or larger"),
        ({"micrographs": 1.5}, "micrographs 1.5"),
        ({"space": "line", "mrc": True}, "mrc with space 'line'"),
    ],
)
def test_bad_values_are_named_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        replace(DISC, **change)
    assert "\n" not in str(caught.value)
