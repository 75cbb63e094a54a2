"""A window of any sides, against loops over samples and places."""

from itertools import product

import numpy as np
import pytest

from mtdbench.spaces import Window
from mtdbench.spaces.window import cube_side

SHAPES = [(1,), (6,), (4, 4), (3, 5), (5, 2), (1, 4), (2, 3, 4)]


@pytest.fixture(params=SHAPES, ids=str)
def window(request: pytest.FixtureRequest) -> Window:
    return Window(request.param)


def samples(window: Window) -> list[tuple[int, ...]]:
    """The places of all samples, in C order."""
    return list(product(*map(range, window.shape)))


def test_numbers_that_describe_it(window: Window) -> None:
    assert window.ndim == len(window.shape)
    assert window.size == len(samples(window))
    assert window.longest == max(window.shape)
    assert window.spread == tuple(2 * side - 1 for side in window.shape)
    assert [tuple(place) for place in window.grid] == samples(window)
    assert Window(window.shape) == window
    assert hash(Window(window.shape)) == hash(window)


def test_a_cube_has_one_side_and_is_called_by_it() -> None:
    assert Window.cube(5, 2) == Window((5, 5))
    assert str(Window.cube(5, 3)) == "5"
    assert str(Window((3, 5))) == "3 x 5"


def test_strides_lead_from_places_to_flat_indices(window: Window) -> None:
    flat = np.arange(window.size).reshape(window.shape)
    assert [int(place @ window.strides) for place in window.grid] == [
        flat[place] for place in samples(window)
    ]


def test_shifts_are_all_under_which_something_is_seen(window: Window) -> None:
    """Each once, in C order; the middle one is 0 and they are symmetric about it."""
    here = set(samples(window))
    wide = product(*(range(-side - 1, side + 2) for side in window.shape))
    seeing = [s for s in wide if any(tuple(np.add(p, s)) in here for p in here)]
    assert [tuple(shift) for shift in window.shifts] == seeing
    assert np.array_equal(window.shifts, -window.shifts[::-1])
    assert not window.shifts[len(window.shifts) // 2].any()


def test_every_shift_has_its_number(window: Window) -> None:
    assert np.array_equal(window.number(window.shifts), range(len(window.shifts)))
    order = np.random.default_rng(0).permutation(len(window.shifts)).reshape(1, -1)
    assert np.array_equal(window.number(window.shifts[order]), order)
    with pytest.raises(ValueError, match="invalid entry"):
        window.number(np.array(window.shape))


def test_the_overlap_pairs_each_sample_seen_with_the_one_it_shows(window: Window) -> None:
    flat = np.arange(window.size).reshape(window.shape)
    every = product(*(range(-side - 1, side + 2) for side in window.shape))
    for shift in every:
        seen, shown = window.overlap(shift)
        pairs = set(zip(flat[seen].ravel(), flat[shown].ravel(), strict=True))
        moved = {place: tuple(np.subtract(place, shift)) for place in samples(window)}
        expected = {(flat[p], flat[q]) for p, q in moved.items() if q in set(samples(window))}
        assert pairs == expected


def test_the_visible_share_counts_windows_that_meet_a_copy(window: Window) -> None:
    """Of a copy in a large measurement, per sample of the copy."""
    here = set(samples(window))
    corners = product(*(range(-side, side + 1) for side in window.shape))
    meeting = sum(any(tuple(np.add(corner, p)) in here for p in here) for corner in corners)
    assert window.visible_share == pytest.approx(meeting / window.size)


def test_reshape_undoes_flattening(window: Window) -> None:
    boxes = np.random.default_rng(0).standard_normal((2, 3, *window.shape))
    assert np.array_equal(window.reshape(boxes.reshape(2, 3, -1)), boxes)
    assert np.array_equal(window.reshape(boxes[0, 0].ravel()), boxes[0, 0])


def test_a_stack_has_an_axis_of_micrographs(window: Window) -> None:
    one = np.zeros(tuple(side + 2 for side in window.shape))
    assert window.stack(one).shape == (1, *one.shape)
    assert np.shares_memory(window.stack(one), one)
    several = np.zeros((3, *one.shape))
    assert window.stack(several) is several


def test_grown_and_times_and_multiple(window: Window) -> None:
    sides = np.array(window.shape)
    assert window.grown(2).shape == tuple(sides + 4)
    assert window.grown(0) is window
    assert window.times(3).shape == tuple(3 * sides)
    larger = window.multiple(50)
    factor = larger.shape[0] // window.shape[0]
    assert larger == window.times(factor)
    assert larger.size >= 50
    assert factor == 1 or window.times(factor - 1).size < 50


def test_places_in_a_larger_one_are_counted(window: Window) -> None:
    larger = Window(tuple(side + extra for extra, side in enumerate(window.shape, 1)))
    inside = set(samples(larger))
    fits = [
        corner
        for corner in samples(larger)
        if all(tuple(np.add(corner, p)) in inside for p in samples(window))
    ]
    assert window.places_in(larger) == len(fits)
    assert window.places_in(window) == 1


def test_a_cube_holds_about_so_many_samples() -> None:
    for ndim, count in product((1, 2, 3), (1, 2, 10, 50.5, 1000)):
        side = cube_side(count, ndim)
        assert side**ndim <= count * (1 + 1e-12)
        assert (side + 2) ** ndim > count
