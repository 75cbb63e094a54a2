"""The streamed measurement against explicit loops, and the noise against its definition."""

import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mtdbench import seeds
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation import place
from mtdbench.simulation.blocks import (
    noise_rows,
    noisy_blocks,
    signal_blocks,
    signal_energy,
    write_measurement,
)
from mtdbench.spaces import Space, Window, make_space

CASES = [("line", 7, 500), ("disc", 5, 60), ("disc", 6, 64)]


def example(
    name: str, window: int, size: int, spacing: str = "arbitrary"
) -> tuple[Space, np.ndarray, Placement]:
    space, rng = make_space(name, window), np.random.default_rng(4)
    corners = place(size, space.window, None, spacing, rng)
    return space, space.random(rng), Placement(corners, space.random_poses(rng, len(corners)))


def blocks(
    space: Space, x: np.ndarray, placement: Placement, size: int, rows: int, **options: int
) -> list[np.ndarray]:
    project = partial(space.project, x)
    return list(signal_blocks(project, space.window, placement, size, rows, **options))


def loop(space: Space, x: np.ndarray, placement: Placement, size: int) -> np.ndarray:
    y = np.zeros((size,) * space.window.ndim)
    for corner, pose in zip(placement.corners, placement.poses, strict=True):
        image = space.project(x, pose[None])[0].reshape(space.window.shape)
        y[tuple(map(slice, corner, corner + space.window.shape))] += image
    return y


@pytest.mark.parametrize(("name", "window", "size"), CASES)
@pytest.mark.parametrize("rows", [1, 3, 17, 10**6])
def test_signal_equals_the_loop_whatever_the_blocks(
    name: str, window: int, size: int, rows: int
) -> None:
    space, x, placement = example(name, window, size)
    y = np.concatenate(blocks(space, x, placement, size, rows))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, loop(space, x, placement, size), rtol=1e-6, atol=1e-6)


def test_blocks_and_chunks_do_not_change_the_signal() -> None:
    space, x, placement = example("disc", 5, 60)
    (whole,) = blocks(space, x, placement, 60, 60)
    parts = blocks(space, x, placement, 60, 7, at_once=70)  # samples: of two copies
    assert len(parts) == 9
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "window", "size"), CASES)
def test_signal_energy_is_that_of_the_placed_copies(name: str, window: int, size: int) -> None:
    space, x, placement = example(name, window, size)
    energy = np.sum(loop(space, x, placement, size) ** 2)  # no overlap: energies add up
    for at_once in (1, 3 * space.window.size, 2**21):
        parts = signal_energy(partial(space.project, x), space.window, placement.poses, at_once)
        assert parts == pytest.approx(energy)


def write(folder: Path, name: str, window: int, size: int, sigma: float, rows: int) -> np.ndarray:
    """The noise of a measurement in blocks of so many rows."""
    space, x, placement = example(name, window, size, "well-separated")
    clean = blocks(space, x, placement, size, rows)
    noisy = noisy_blocks([clean], sigma, lambda _, block: seeds.stream(1, "noise", block))
    write_measurement(folder / "y.npy", (size,) * space.window.ndim, noisy)
    return np.load(folder / "y.npy") - loop(space, x, placement, size)


@pytest.mark.parametrize(("name", "window", "size"), [("line", 7, 10**6), ("disc", 5, 1000)])
def test_noise_is_white_and_has_its_variance(
    tmp_path: Path, name: str, window: int, size: int
) -> None:
    ndim = make_space(name, window).window.ndim
    rows = noise_rows(size, ndim, block=2**17)  # several blocks
    noise = write(tmp_path, name, window, size, 3.0, rows) / 3.0
    spread = 1 / np.sqrt(noise.size)  # of each mean below, for white noise of unit variance
    assert abs(noise.mean()) < 4 * spread
    assert abs(np.mean(noise**2) - 1) < 4 * np.sqrt(2) * spread
    for axis in range(noise.ndim):
        for lag in (1, 2, window):
            ahead = np.take(noise, range(lag, size), axis)
            behind = np.take(noise, range(size - lag), axis)
            assert abs(np.mean(ahead * behind)) < 4.5 * spread
    assert rows == 2**17 // size ** (ndim - 1) < size // 2
    first, second = noise[:rows], noise[rows : 2 * rows]
    assert abs(np.mean(first * second)) < 4 / np.sqrt(first.size)  # blocks are independent


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def broken(micrograph: int, block: int) -> np.random.Generator:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_measurement(
            tmp_path / "y.npy", (60, 60), noisy_blocks([[np.zeros((60, 60))]], 1.0, broken)
        )
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_by_the_block(tmp_path: Path) -> None:
    size = 2**24  # 64 MiB on disk
    space = make_space("line", 10)
    placement = Placement(np.array([[5], [size - 10]]), np.empty((2, 0)))
    project, rows = partial(space.project, np.ones(10)), noise_rows(size, 1)
    tracemalloc.start()
    clean = signal_blocks(project, Window((10,)), placement, size, rows)
    noisy = noisy_blocks([clean], 1e-3, lambda _, block: np.random.default_rng(block))
    write_measurement(tmp_path / "y.npy", (size,), noisy)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20
    y = np.load(tmp_path / "y.npy", mmap_mode="r")
    assert y.shape == (size,)
    np.testing.assert_allclose(y[-10:], 1, atol=0.01)
