"""True separations, pooled over micrographs, and the deviation from them."""

import numpy as np
import pytest

from mtdbench.evaluate.separation_deviation import pairs_deviation, true_pairs
from mtdbench.model.measurement import Placement
from mtdbench.model.separations import displacements, separations


def placement(parts: dict[int, list[int]]) -> Placement:
    corners = np.array([c for part in parts.values() for c in part])[:, None]
    micrographs = np.repeat(list(parts), [len(part) for part in parts.values()])
    return Placement(corners, np.zeros((len(corners), 0)), micrographs)


def test_one_micrograph_is_what_the_kernel_says() -> None:
    one = placement({0: [0, 4, 9, 13, 20]})
    np.testing.assert_array_equal(true_pairs(one, 4), separations(one.corners, 4))


def test_copies_of_different_micrographs_are_no_neighbours() -> None:
    """One with one copy, one with none, one with three in a row."""
    several = placement({0: [0], 2: [4, 8, 12]})
    assert displacements(4, 1).ravel().tolist() == [4, 5, 6]
    np.testing.assert_allclose(true_pairs(several, 4), [2 / 4, 0, 0])


def test_the_deviation_is_the_largest() -> None:
    assert pairs_deviation(np.array([0.1, 0.2]), np.array([0.12, 0.15])) == pytest.approx(0.05)
    assert np.isnan(pairs_deviation(np.zeros(3), np.zeros(2)))
