"""Shifts only select samples."""

from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.model.separations import displacements
from mtdbench.model.shifts import Slab, empty_share, origins, overlaps, shifted
from mtdbench.spaces import Window

CASES = [(2,), (5,), (8,), (2, 2), (3, 3), (5, 5), (6, 6), (3, 5), (4, 2), (2, 3, 2)]


@pytest.fixture(params=CASES, ids=str)
def window(request: pytest.FixtureRequest) -> Window:
    return Window(request.param)


def sample_pairs(window: Window) -> np.ndarray:
    """How often samples of template and patch are paired, over all shifts; last row: with none."""
    samples = np.arange(window.size)
    count = np.zeros((window.size + 1, window.size), dtype=int)
    for slab in overlaps(window).slabs:
        for column in slab.source.T:
            np.add.at(count, (column, samples[slab.pixels]), 1)
    return count


def test_every_pair_of_samples_belongs_to_one_shift(window: Window) -> None:
    assert np.array_equal(sample_pairs(window)[:-1], np.ones((window.size,) * 2))
    assert overlaps(window).visible.sum() == window.size**2


def test_there_are_all_shifts_and_the_empty_overlap(window: Window) -> None:
    geometry = overlaps(window)
    assert geometry.count == np.prod(window.spread) + 1
    assert len(np.unique(geometry.shifts, axis=0)) == len(geometry.shifts)
    assert np.array_equal(np.abs(geometry.shifts).max(axis=0), np.array(window.shape) - 1)
    stops = [slab.shifts.stop for slab in geometry.slabs]
    assert [slab.shifts.start for slab in geometry.slabs] == [0, *stops[:-1]]
    assert stops[-1] == len(geometry.shifts)


@pytest.mark.parametrize(
    "shape", [(2,), (5,), (8,), (2, 2), (3, 3), (3, 5), (4, 2), (2, 2, 2)], ids=str
)
def test_overlaps_of_two_copies_are_sums_of_two(shape: tuple[int, ...]) -> None:
    """All copies that do not overlap, each two once, after the shifts; of one nothing changes."""
    window = Window(shape)
    single, geometry = overlaps(window), overlaps(window, pairs=True)
    count = len(single.shifts)
    samples = {tuple(p) for p in window.grid}
    boxes = [{tuple(np.add(p, s)) for p in samples} for s in single.shifts]
    apart = {(i, j) for i in range(count) for j in range(i) if not boxes[i] & boxes[j]}
    found = [(max(pair), min(pair)) for pair in geometry.pairs.tolist()]
    assert len(found) == len(set(found)) == geometry.count - count - 1
    assert set(found) == apart
    if window.ndim == 1:
        assert len(found) == window.size * (window.size - 1) // 2
    steps = np.diff(geometry.shifts[geometry.pairs], axis=1)[:, 0]
    known = displacements(window).tolist()
    order = [known.index(step) for step in steps.tolist()]
    assert order == sorted(order)

    template = np.append(1.0 + np.arange(window.size), 0.0)
    one = np.concatenate([whole(slab, template, window.size) for slab in single.slabs])
    *same, slab = geometry.slabs
    assert all(left is right for left, right in zip(same, single.slabs, strict=True))
    assert slab.shifts == slice(count, geometry.count - 1)
    two = whole(slab, template, window.size)
    assert np.array_equal(two, one[geometry.pairs].sum(axis=1))
    assert np.array_equal(geometry.visible[:count], single.visible)
    assert np.array_equal(geometry.visible[count:], single.visible[geometry.pairs].sum(axis=1))


def whole(slab: Slab, template: np.ndarray, samples: int) -> np.ndarray:
    """The patches that the overlaps of a slab show of a template with a zero behind it."""
    patches = np.zeros((slab.source.shape[1], samples))
    patches[:, slab.pixels] = template[slab.source].T
    return patches


def test_sources_are_padding_shifting_and_cropping(
    window: Window, brute_force: SimpleNamespace
) -> None:
    template = 1.0 + np.arange(window.size).reshape(window.shape)
    extended = np.append(template, 0.0)
    geometry = overlaps(window)
    for slab in geometry.slabs:
        for number, column in zip(
            range(slab.shifts.start, slab.shifts.stop), slab.source.T, strict=True
        ):
            shift = tuple(geometry.shifts[number])
            circular = tuple(np.mod(shift, 2 * np.array(window.shape)))
            assert brute_force.overlap_number(circular, window.shape) == number
            patch = np.zeros(window.size)
            patch[slab.pixels] = extended[column]
            assert np.array_equal(window.reshape(patch), brute_force.seen(template, shift))
            visible = brute_force.traced(np.ones(window.shape), shift)
            assert np.array_equal(window.reshape(geometry.visible[number]), visible)


def test_origins_and_their_transposes(window: Window, brute_force: SimpleNamespace) -> None:
    template, patch = np.random.default_rng(0).standard_normal((2, *window.shape))
    extended = np.append(template, 0.0)
    collected = shifted(patch.reshape(1, -1), window)[0]
    for shift, source, back in zip(window.shifts, origins(window), collected, strict=True):
        assert np.array_equal(window.reshape(extended[source]), brute_force.seen(template, shift))
        assert np.array_equal(window.reshape(back), brute_force.traced(patch, shift))


def test_the_empty_share_is_what_copies_leave_within_limits() -> None:
    window = Window((3, 5))  # 5 x 9 windows see a copy of 15 samples
    assert empty_share(0.1, window) == pytest.approx(1 - 0.1 * 45 / 15)
    assert (empty_share(0.0, window), empty_share(1.0, window)) == (0.98, 0.02)
