"""Shifts only select pixels."""

from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.model.separations import displacements
from mtdbench.model.shifts import Slab, views

CASES = [(2, 1), (5, 1), (8, 1), (2, 2), (3, 2), (5, 2), (6, 2)]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param


def pairs(window: int, ndim: int) -> np.ndarray:
    """How often template and patch pixels are paired, over all shifts; last row: with nothing."""
    geometry, pixels = views(window, ndim), np.arange(window**ndim)
    count = np.zeros((window**ndim + 1, window**ndim), dtype=int)
    for slab in geometry.slabs:
        for column in slab.source.T:
            np.add.at(count, (column, pixels[slab.pixels]), 1)
    return count


def test_every_pair_of_pixels_belongs_to_one_shift(case: tuple[int, int]) -> None:
    window, ndim = case
    assert np.array_equal(pairs(*case)[:-1], np.ones((window**ndim,) * 2))
    assert views(*case).visible.sum() == window ** (2 * ndim)


def test_there_are_all_shifts_and_the_empty_view(case: tuple[int, int]) -> None:
    window, ndim = case
    geometry = views(window, ndim)
    assert geometry.count == (2 * window - 1) ** ndim + 1
    assert len(np.unique(geometry.shifts, axis=0)) == len(geometry.shifts)
    assert np.abs(geometry.shifts).max() == window - 1
    stops = [slab.shifts.stop for slab in geometry.slabs]
    assert [slab.shifts.start for slab in geometry.slabs] == [0, *stops[:-1]]
    assert stops[-1] == len(geometry.shifts)


@pytest.mark.parametrize("case", [(2, 1), (5, 1), (8, 1), (2, 2), (3, 2)], ids=str)
def test_views_of_two_copies_are_sums_of_two_views(case: tuple[int, int]) -> None:
    """All that do not overlap, each once, after the shifts; of one copy nothing changes."""
    window, ndim = case
    single, geometry = views(*case), views(*case, pairs=True)
    count = len(single.shifts)
    pixels = {tuple(p) for p in np.indices((window,) * ndim).reshape(ndim, -1).T}
    boxes = [{tuple(np.add(p, s)) for p in pixels} for s in single.shifts]
    apart = {(i, j) for i in range(count) for j in range(i) if not boxes[i] & boxes[j]}
    found = [(max(pair), min(pair)) for pair in geometry.pairs.tolist()]
    assert len(found) == len(set(found)) == geometry.count - count - 1
    assert set(found) == apart
    if ndim == 1:
        assert len(found) == window * (window - 1) // 2
    steps = np.diff(geometry.shifts[geometry.pairs], axis=1)[:, 0]
    known = displacements(*case).tolist()
    order = [known.index(step) for step in steps.tolist()]
    assert order == sorted(order)

    template = np.append(1.0 + np.arange(window**ndim), 0.0)
    one = np.concatenate([whole(slab, template, window**ndim) for slab in single.slabs])
    *same, slab = geometry.slabs
    assert all(left is right for left, right in zip(same, single.slabs, strict=True))
    assert slab.shifts == slice(count, geometry.count - 1)
    two = whole(slab, template, window**ndim)
    assert np.array_equal(two, one[geometry.pairs].sum(axis=1))
    assert np.array_equal(geometry.visible[:count], single.visible)
    assert np.array_equal(geometry.visible[count:], single.visible[geometry.pairs].sum(axis=1))


def whole(slab: Slab, template: np.ndarray, pixels: int) -> np.ndarray:
    """The patches that the views of a slab show of a template with a zero behind it."""
    patches = np.zeros((slab.source.shape[1], pixels))
    patches[:, slab.pixels] = template[slab.source].T
    return patches


def test_sources_are_padding_shifting_and_cropping(
    case: tuple[int, int], brute_force: SimpleNamespace
) -> None:
    window, ndim = case
    shape = (window,) * ndim
    template = 1.0 + np.arange(window**ndim).reshape(shape)
    extended = np.append(template, 0.0)
    geometry = views(window, ndim)
    for slab in geometry.slabs:
        for number, column in zip(
            range(slab.shifts.start, slab.shifts.stop), slab.source.T, strict=True
        ):
            shift = tuple(geometry.shifts[number])
            assert brute_force.view(tuple(s % (2 * window) for s in shift), window, ndim) == number
            patch = np.zeros(window**ndim)
            patch[slab.pixels] = extended[column]
            assert np.array_equal(patch.reshape(shape), brute_force.seen(template, shift))
            visible = brute_force.traced(np.ones(shape), shift)
            assert np.array_equal(geometry.visible[number].reshape(shape), visible)
