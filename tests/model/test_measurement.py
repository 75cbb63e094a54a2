"""What estimators are given: one measurement, or several micrographs."""

from pathlib import Path

import mrcfile
import numpy as np
import pytest

from mtdbench import InputError, Measurement, Placement, make_space
from mtdbench.model.measurement import pieces


@pytest.mark.parametrize(("name", "ndim"), [("line", 1), ("disc", 2)])
@pytest.mark.parametrize("count", [None, 1, 3])
def test_a_stack_has_the_samples_as_micrographs(name: str, ndim: int, count: int | None) -> None:
    several = () if count is None else (count,)
    samples = np.random.default_rng(0).standard_normal((*several, *(20, 15)[:ndim]))
    measurement = Measurement(samples, make_space(name, 5))
    assert measurement.stack.shape == (count or 1, *samples.shape[-ndim:])
    assert np.shares_memory(measurement.stack, samples)
    assert np.array_equal(measurement.stack.reshape(samples.shape), samples)


@pytest.mark.parametrize("shape", [(30,), (30, 30), (3, 30, 30)], ids=str)
def test_a_memory_mapped_measurement_stays_one(shape: tuple[int, ...], tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.zeros(shape, np.float32))
    space = make_space("line" if len(shape) == 1 else "disc", 5)
    measurement = Measurement.load(tmp_path / "y.npy", space)
    assert isinstance(measurement.stack, np.memmap)
    assert measurement.samples.shape == shape


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("disc", (30,), "expected 2 axes, or 3 for several micrographs"),
        ("disc", (2, 2, 30, 30), "shape (2, 2, 30, 30)"),
        ("disc", (0, 30, 30), "shape (0, 30, 30)"),
        ("line", (2, 30, 30), "expected 1 axes, or 2"),
        ("disc", (9, 30, 4), "window 5 is larger"),
        ("line", (30, 4), "window 5 is larger"),
    ],
)
def test_other_shapes_are_refused_in_one_line(name: str, shape: tuple, words: str) -> None:
    with pytest.raises(InputError) as caught:
        Measurement(np.zeros(shape), make_space(name, 5))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("count", [1, 3])
def test_an_mrc_stack_is_several_micrographs(count: int, tmp_path: Path) -> None:
    y = np.random.default_rng(0).standard_normal((count, 20, 30)).astype(np.float32)
    with mrcfile.new(tmp_path / "y.mrc") as file:
        file.set_data(y)
        file.set_image_stack()
    measurement = Measurement.load(tmp_path / "y.mrc", make_space("disc", 5))
    assert measurement.samples.shape == (y.shape if count > 1 else y.shape[1:])
    assert np.array_equal(measurement.stack, y)


def test_one_bad_sample_in_any_micrograph_is_found(tmp_path: Path) -> None:
    for place in [(0, 0, 0), (1, 10, 3), (2, 29, 29)]:
        y = np.zeros((3, 30, 30), np.float32)
        y[place] = np.nan
        np.save(tmp_path / "y.npy", y)
        with pytest.raises(InputError, match="NaN"):
            Measurement.load(tmp_path / "y.npy", make_space("disc", 5))


@pytest.mark.parametrize("shape", [(3, 17), (1, 40), (2, 17, 5), (3, 4, 50)], ids=str)
@pytest.mark.parametrize("samples", [1, 20, 10**6])
def test_pieces_are_the_whole_in_order(shape: tuple[int, ...], samples: int) -> None:
    stack = np.arange(np.prod(shape)).reshape(shape)
    parts = list(pieces(stack, samples))
    assert np.array_equal(np.concatenate(parts).ravel(), stack.ravel())
    assert max(part.size for part in parts) <= max(samples, np.prod(shape[2:]))


def test_a_placement_without_micrographs_lies_in_the_first(tmp_path: Path) -> None:
    corners, poses = np.array([[3, 4], [7, 1]]), np.zeros((2, 1))
    np.savez(tmp_path / "placement.npz", corners=corners, poses=poses)
    placement = Placement.load(tmp_path / "placement.npz")
    assert np.array_equal(placement.micrographs, [0, 0])
    assert np.array_equal(placement.within(0).corners, corners)
    assert len(placement.within(1).corners) == 0


def test_the_parts_of_a_placement_are_those_of_its_micrographs() -> None:
    corners, poses = np.arange(10)[:, None], np.arange(10.0)[:, None]
    placement = Placement(corners, poses, np.array([0, 0, 0, 2, 2, 2, 2, 3, 3, 3]))
    parts = [placement.within(m) for m in range(4)]
    assert [len(part.corners) for part in parts] == [3, 0, 4, 3]
    assert np.array_equal(np.concatenate([part.poses for part in parts]), poses)
    assert np.array_equal(parts[2].micrographs, np.zeros(4))


def test_a_placement_of_unequal_lengths_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "placement.npz", corners=np.zeros((2, 1), int), poses=np.zeros((3, 0)))
    with pytest.raises(InputError, match="not of the same length"):
        Placement.load(tmp_path / "placement.npz")


@pytest.mark.parametrize(("shape", "half"), [((4, 9, 8), (2, 9, 8)), ((17, 9), (8, 9))], ids=str)
def test_halves_share_nothing_and_are_all(shape: tuple[int, ...], half: tuple[int, ...]) -> None:
    """Whole micrographs where there are several, else the two parts of the only one."""
    samples = np.arange(np.prod(shape)).reshape(shape)
    measurement = Measurement(samples, make_space("disc", 5), 1.0, "arbitrary")
    one, two = measurement.half(1), measurement.half(2)
    assert one.samples.shape == half
    assert np.array_equal(np.concatenate([one.samples, two.samples]), samples)
    assert (one.sigma, one.spacing) == (1.0, "arbitrary")
    with pytest.raises(InputError, match="window 5 is larger"):
        Measurement(np.zeros((6, 9)), make_space("disc", 5)).half(1)
