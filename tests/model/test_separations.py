"""Displacements of pairs, and how often copies lie at them."""

import numpy as np
import pytest

from mtdbench.model.separations import displacements, separations
from mtdbench.simulation import place


@pytest.mark.parametrize(("window", "ndim"), [(4, 1), (5, 2)])
def test_each_pair_of_displacements_has_one_of_two(window: int, ndim: int) -> None:
    steps = {tuple(u) for u in displacements(window, ndim)}
    cube = np.indices((4 * window,) * ndim).reshape(ndim, -1).T - 2 * window
    far = [tuple(u) for u in cube if window <= np.abs(u).max() <= 2 * window - 2]
    assert len(far) == 2 * len(steps)
    assert all((u in steps) != (tuple(-np.array(u)) in steps) for u in far)


def test_in_one_dimension_they_ascend_from_the_window() -> None:
    assert displacements(5, 1).ravel().tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize("ndim", [1, 2])
def test_separations_against_a_loop(ndim: int) -> None:
    window, rng = 4, np.random.default_rng(1)
    corners = place(120, window, ndim, 0.3, "arbitrary", rng)
    there = {tuple(corner) for corner in corners}
    slow = [
        sum(tuple(corner + u) in there for corner in corners) / len(corners)
        for u in displacements(window, ndim)
    ]
    np.testing.assert_allclose(separations(corners, window), slow)
    assert np.max(slow) > 0
