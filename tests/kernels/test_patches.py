"""Patches against explicit loops."""

from itertools import product

import numpy as np
import pytest

from mtdbench.kernels.patches import Patches, shifted_grids

CASES = [
    ((23,), 4, ()),
    ((24,), 4, ((0,), (2,))),
    ((20, 17), 5, ()),
    ((20, 17), 5, ((0, 0), (2, 3), (4, 4))),
    ((5, 8), 5, ((0, 0), (2, 2))),  # nothing fits on the second grid
]


def loop(samples: np.ndarray, window: int, offsets: tuple[tuple[int, ...], ...]) -> list[tuple]:
    """(corner, content) of all patches, grid by grid, in raster order."""
    found = []
    for offset in offsets or ((0,) * samples.ndim,):
        ranges = [
            range(start, size - window + 1, window)
            for start, size in zip(offset, samples.shape, strict=True)
        ]
        found += [
            (corner, samples[tuple(slice(c, c + window) for c in corner)].ravel())
            for corner in product(*ranges)
        ]
    return found


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> tuple[Patches, list[tuple]]:
    shape, window, offsets = request.param
    samples = np.random.default_rng(0).standard_normal(shape)
    return Patches(samples, window, offsets), loop(samples, window, offsets)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_corners_and_contents_equal_the_loop(case: tuple, size: int) -> None:
    patches, expected = case
    assert len(patches) == patches.total == len(expected)
    corners = patches.corners(0, len(patches))
    assert np.array_equal(corners, [corner for corner, _ in expected])
    chunks = list(patches.chunks(size, np.float64))
    assert [len(chunk) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert np.array_equal(np.concatenate(chunks), [content for _, content in expected])
    assert next(patches.chunks(size)).dtype == np.float32


def test_patches_on_one_grid_touch_and_do_not_overlap(case: tuple) -> None:
    patches, _ = case
    for offset in patches.offsets or ((0,) * patches.samples.ndim,):
        one = Patches(patches.samples, patches.window, (offset,))
        covered = np.zeros(patches.samples.shape, dtype=int)
        for corner in one.corners(0, len(one)):
            covered[tuple(slice(c, c + patches.window) for c in corner)] += 1
        assert covered.max(initial=0) <= 1
        ends = [
            o + (n - o) // patches.window * patches.window
            for o, n in zip(offset, covered.shape, strict=True)
        ]
        inside = covered[tuple(slice(o, e) for o, e in zip(offset, ends, strict=True))]
        assert inside.all()


def test_a_sample_has_no_patch_twice(case: tuple) -> None:
    patches, expected = case
    rng, count = np.random.default_rng(1), max(1, len(expected) // 2)
    drawn = patches.sample(rng, count)
    assert len(drawn) == count
    assert drawn.total == len(expected)
    contents = np.concatenate(list(drawn.chunks(2, np.float64)))
    known = {content.tobytes() for _, content in expected}
    found = {content.tobytes() for content in contents}
    assert len(found) == count
    assert found <= known
    again = drawn.sample(rng, max(1, count // 2))  # a part of the part
    assert {content.tobytes() for content in next(again.chunks(100, np.float64))} <= found
    assert patches.sample(rng, len(expected)) is patches
    assert patches.sample(rng, 10**6) is patches


def test_every_patch_is_drawn_alike() -> None:
    patches = Patches(np.zeros(40), 4)
    rng = np.random.default_rng(2)
    counts = np.zeros(10)
    for _ in range(3000):
        counts[patches.sample(rng, 3).chosen] += 1
    assert np.all(np.abs(counts - 900) < 4.5 * np.sqrt(900 * 0.7))


@pytest.mark.parametrize(
    ("window", "ndim", "grids", "expected"),
    [
        (5, 1, 1, {(0,)}),
        (6, 1, 2, {(0,), (3,)}),
        (5, 2, 1, {(0, 0)}),
        (6, 2, 2, {(0, 0), (3, 3)}),
        (6, 2, 4, {(0, 0), (0, 3), (3, 0), (3, 3)}),
        (5, 2, 4, {(0, 0), (0, 2), (2, 0), (2, 2)}),
        (6, 2, 9, set(product((0, 2, 4), repeat=2))),
        (6, 2, 3, {(0, 0), (2, 2), (4, 4)}),
    ],
)
def test_grids_are_spread_evenly(window: int, ndim: int, grids: int, expected: set) -> None:
    offsets = shifted_grids(window, ndim, grids)
    assert len(offsets) == grids
    assert set(offsets) == expected
