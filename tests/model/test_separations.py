"""Displacements of two copies, and how often copies lie at them."""

from itertools import product

import numpy as np
import pytest

from mtdbench.model.separations import (
    displacements,
    least_separation,
    separation_classes,
    separations,
)
from mtdbench.simulation import place
from mtdbench.spaces import Window

WINDOWS = [Window(shape) for shape in ((4,), (5, 5), (3, 5), (4, 2), (2, 2, 3))]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_each_pair_of_displacements_has_one_of_two(window: Window) -> None:
    """Of those at which copies do not overlap and one window can touch both."""
    steps = {tuple(u) for u in displacements(window)}
    far = [
        u
        for u in product(*(range(-2 * side, 2 * side + 1) for side in window.shape))
        if any(abs(s) >= side for s, side in zip(u, window.shape, strict=True))
        and all(abs(s) <= 2 * side - 2 for s, side in zip(u, window.shape, strict=True))
    ]
    assert len(far) == 2 * len(steps) == 2 * len(displacements(window))
    assert all((u in steps) != (tuple(-np.array(u)) in steps) for u in far)
    assert sorted(steps) == [tuple(u) for u in displacements(window)]


def test_in_one_dimension_they_ascend_from_the_window() -> None:
    assert displacements(Window((5,))).ravel().tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize("window", [Window(s) for s in ((4,), (4, 4), (3, 5), (5, 2))], ids=str)
def test_separations_against_a_loop(window: Window) -> None:
    rng = np.random.default_rng(1)
    corners = place(120, window, 0.3, "arbitrary", rng)
    there = {tuple(corner) for corner in corners}
    slow = [
        sum(tuple(corner + u) in there for corner in corners) / len(corners)
        for u in displacements(window)
    ]
    np.testing.assert_allclose(separations(corners, window), slow)
    assert np.max(slow) > 0


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_classes_are_orbits_of_the_symmetries_of_the_window(window: Window) -> None:
    """Reversals of axes, and exchanges of axes of the same length: nothing else."""
    reach = tuple(2 * side - 3 for side in window.shape)
    steps = displacements(window)
    labels, count = separation_classes(window, reach)
    within = np.all(np.abs(steps) <= reach, axis=1)
    assert np.array_equal(labels == count, ~within)
    assert set(labels[within]) == set(range(count))
    for u, label in zip(steps[within], labels[within], strict=True):
        for v, other in zip(steps[within], labels[within], strict=True):
            alike = all(
                sorted(np.abs(u)[np.equal(window.shape, side)])
                == sorted(np.abs(v)[np.equal(window.shape, side)])
                for side in set(window.shape)
            )
            assert (label == other) == alike


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_copies_at_the_least_separation_are_not_in_each_others_way(window: Window) -> None:
    """A sample nearer along that axis, they would overlap, or one window would touch both."""
    for axis, side in enumerate(window.shape):
        assert least_separation(window, "arbitrary")[axis] == side
        far = least_separation(window, "well-separated")[axis]
        # windows that touch the copy at 0 begin at 1 - L ... L - 1, those of the one at u: + u
        assert far - side + 1 > side - 1 >= far - 1 - side + 1
