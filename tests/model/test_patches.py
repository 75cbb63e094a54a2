"""Patches against explicit loops."""

from itertools import product

import numpy as np
import pytest

from mtdbench.model.patches import Patches, every_window, shifted_grids
from mtdbench.spaces import Window

CASES = [  # the measurement, the window, the offsets of the grids
    ((23,), (4,), ()),
    ((24,), (4,), ((0,), (2,))),
    ((20, 17), (5, 5), ()),
    ((20, 17), (5, 5), ((0, 0), (2, 3), (4, 4))),
    ((5, 8), (5, 5), ((0, 0), (2, 2))),  # nothing fits on the second grid
    ((20, 17), (3, 5), ()),
    ((20, 17), (6, 2), ((0, 0), (4, 1))),
]
STACKS = [
    ((3, 23), (4,), ((0,),)),
    ((2, 24), (4,), ((0,), (2,))),
    ((3, 20, 17), (5, 5), ((0, 0), (2, 3), (4, 4))),
    ((1, 20, 17), (5, 5), ((0, 0), (2, 3))),
    ((3, 5, 9), (5, 5), ((2, 2),)),  # nothing fits
    ((3, 20, 17), (3, 5), ((0, 0), (2, 3))),
]
Offsets = tuple[tuple[int, ...], ...]


def box(corner: tuple[int, ...], window: Window) -> tuple[slice, ...]:
    return tuple(slice(c, c + side) for c, side in zip(corner, window.shape, strict=True))


def loop(samples: np.ndarray, window: Window, offsets: Offsets) -> list[tuple]:
    """(corner, content) of all patches, grid by grid, in raster order."""
    found = []
    for offset in offsets or ((0,) * samples.ndim,):
        ranges = [
            range(start, size - side + 1, side)
            for start, size, side in zip(offset, samples.shape, window.shape, strict=True)
        ]
        found += [(corner, samples[box(corner, window)].ravel()) for corner in product(*ranges)]
    return found


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> tuple[Patches, list[tuple]]:
    shape, sides, offsets = request.param
    samples, window = np.random.default_rng(0).standard_normal(shape), Window(sides)
    return Patches(samples[None], window, offsets), loop(samples, window, offsets)


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
    window = patches.window
    for offset in patches.offsets or ((0,) * window.ndim,):
        one = Patches(patches.stack, window, (offset,))
        covered = np.zeros(patches.stack.shape[1:], dtype=int)
        for corner in one.corners(0, len(one)):
            covered[box(corner, window)] += 1
        assert covered.max(initial=0) <= 1
        ends = [
            o + (n - o) // side * side
            for o, n, side in zip(offset, covered.shape, window.shape, strict=True)
        ]
        inside = covered[tuple(slice(o, e) for o, e in zip(offset, ends, strict=True))]
        assert inside.all()


def test_the_background_is_subtracted(case: tuple) -> None:
    patches, expected = case
    above = Patches(patches.stack, patches.window, patches.offsets, background=0.75)
    contents = np.concatenate(list(above.chunks(7, np.float64)))
    assert np.array_equal(contents, [content - 0.75 for _, content in expected])


def test_only_some_of_them_are_those(case: tuple) -> None:
    patches, expected = case
    which = np.arange(len(patches)) % 3 != 1
    kept = patches.only(which)
    contents = np.concatenate(list(kept.chunks(2, np.float64)))
    assert np.array_equal(contents, [c for (_, c), k in zip(expected, which, strict=True) if k])
    again = kept.only(np.arange(len(kept)) == len(kept) - 1)  # a part of the part
    (last,) = again.chunks(5, np.float64)
    assert np.array_equal(last[0], contents[-1])


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
    patches = Patches(np.zeros((1, 40)), Window((4,)))
    rng = np.random.default_rng(2)
    counts = np.zeros(10)
    for _ in range(3000):
        counts[patches.sample(rng, 3).chosen] += 1
    assert np.all(np.abs(counts - 900) < 4.5 * np.sqrt(900 * 0.7))


@pytest.mark.parametrize(
    ("shape", "grids", "expected"),
    [
        ((5,), 1, {(0,)}),
        ((6,), 2, {(0,), (3,)}),
        ((5, 5), 1, {(0, 0)}),
        ((6, 6), 2, {(0, 0), (3, 3)}),
        ((6, 6), 4, {(0, 0), (0, 3), (3, 0), (3, 3)}),
        ((5, 5), 4, {(0, 0), (0, 2), (2, 0), (2, 2)}),
        ((6, 6), 9, set(product((0, 2, 4), repeat=2))),
        ((6, 6), 3, {(0, 0), (2, 2), (4, 4)}),
        ((6, 8), 4, {(0, 0), (0, 4), (3, 0), (3, 4)}),
        ((6, 9), 3, {(0, 0), (2, 3), (4, 6)}),
    ],
)
def test_grids_are_spread_evenly(shape: tuple[int, ...], grids: int, expected: set) -> None:
    offsets = shifted_grids(Window(shape), grids)
    assert len(offsets) == grids
    assert set(offsets) == expected


@pytest.mark.parametrize(("shape", "sides", "offsets"), STACKS, ids=str)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_micrographs_give_the_patches_of_each_in_turn(
    shape: tuple[int, ...], sides: tuple[int, ...], offsets: Offsets, size: int
) -> None:
    stack, window = np.random.default_rng(0).standard_normal(shape), Window(sides)
    patches = Patches(stack, window, offsets)
    expected = [(m, *found) for m, one in enumerate(stack) for found in loop(one, window, offsets)]
    assert len(patches) == patches.total == len(expected)
    micrographs, corners = patches.places(0, len(patches))
    assert [(m, tuple(c)) for m, c in zip(micrographs, corners, strict=True)] == [
        (m, corner) for m, corner, _ in expected
    ]
    assert np.array_equal(corners, patches.corners(0, len(patches)))
    chunks = list(patches.chunks(size, np.float64))
    contents = np.concatenate([np.empty((0, window.size)), *chunks])
    assert np.array_equal(contents, [c for *_, c in expected] or np.empty((0, window.size)))


def test_no_patch_straddles_two_micrographs() -> None:
    stack = np.broadcast_to(np.arange(5.0)[:, None, None], (5, 13, 17))
    window = Window((4, 3))
    patches = Patches(stack, window, shifted_grids(window, 4))
    (chunk,) = patches.chunks(10**6)
    assert np.array_equal(chunk.min(axis=1), chunk.max(axis=1))
    assert np.array_equal(chunk[:, 0], patches.places(0, len(patches))[0])
    assert np.array_equal(np.unique(chunk), np.arange(5))


def test_a_sample_is_drawn_from_all_micrographs() -> None:
    stack, window = np.random.default_rng(0).standard_normal((4, 12, 12)), Window((3, 3))
    patches = Patches(stack, window, ((0, 0),))
    drawn = patches.sample(np.random.default_rng(1), 40)
    micrographs, corners = drawn.places(0, 40)
    assert len({(m, *c) for m, c in zip(micrographs, corners.tolist(), strict=True)}) == 40
    assert set(micrographs) == {0, 1, 2, 3}
    content = np.concatenate(list(drawn.chunks(7, np.float64)))
    for m, corner, values in zip(micrographs, corners, content, strict=True):
        assert np.array_equal(values, stack[m][box(corner, window)].ravel())


def test_every_window_begins_at_every_offset() -> None:
    stack, window = np.random.default_rng(0).standard_normal((2, 6, 9)), Window((3, 5))
    found = every_window(stack, window)
    assert found.shape == (2, 4, 5, 3, 5)
    assert np.shares_memory(found, stack)
    for m, *corner in np.ndindex(2, 4, 5):
        assert np.array_equal(found[(m, *corner)], stack[m][box(corner, window)])
