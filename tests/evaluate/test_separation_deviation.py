"""True separations, pooled over micrographs, and the deviation from them."""

import numpy as np
import pytest

from mtdbench.evaluate.separation_deviation import pairs_deviation, true_separations
from mtdbench.model.placed_copies import Placement
from mtdbench.model.separations import displacements, separations
from mtdbench.spaces import Window

WINDOW = Window((4,))


def placement(parts: dict[int, list[int]]) -> Placement:
    corners = np.array([c for part in parts.values() for c in part])[:, None]
    micrographs = np.repeat(list(parts), [len(part) for part in parts.values()])
    return Placement(corners, np.zeros((len(corners), 0)), micrographs)


def test_one_micrograph_is_what_the_kernel_says() -> None:
    one = placement({0: [0, 4, 9, 13, 20]})
    np.testing.assert_array_equal(true_separations(one, WINDOW), separations(one.corners, WINDOW))


def test_copies_of_different_micrographs_are_no_neighbours() -> None:
    """One with one copy, one with none, one with three in a row."""
    several = placement({0: [0], 2: [4, 8, 12]})
    assert displacements(WINDOW).ravel().tolist() == [4, 5, 6]
    np.testing.assert_allclose(true_separations(several, WINDOW), [2 / 4, 0, 0])


def test_the_deviation_is_the_largest() -> None:
    assert pairs_deviation(np.array([0.1, 0.2]), np.array([0.12, 0.15])) == pytest.approx(0.05)
    assert np.isnan(pairs_deviation(np.zeros(3), np.zeros(2)))
