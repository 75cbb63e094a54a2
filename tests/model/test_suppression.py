"""Suppression of non-maxima against one place after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.model.suppression import suppress_non_maxima

SIDES = st.integers(1, 9)


def one_by_one(places: np.ndarray, weights: list, distance: tuple, groups: list) -> list[int]:
    chosen: list[int] = []
    for i in sorted(range(len(places)), key=lambda i: -weights[i]):
        near = [np.all(np.abs(places[i] - places[j]) < distance) for j in chosen]
        if not any(n and groups[i] == groups[j] for n, j in zip(near, chosen, strict=True)):
            chosen.append(i)
    return sorted(chosen)


@given(
    places=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60),
    weights=st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=60, max_size=60),
    groups=st.lists(st.integers(0, 1), min_size=60, max_size=60),
    distance=st.tuples(SIDES, SIDES),
)
def test_all_at_once_is_the_same_as_one_after_the_other(
    places: list, weights: list[float], groups: list[int], distance: tuple[int, int]
) -> None:
    """Whatever the distances along the two axes; of equal weights the first stays."""
    array, count = np.array(places, dtype=int).reshape(-1, 2), len(places)
    found = suppress_non_maxima(array, np.array(weights[:count]), distance)
    assert np.flatnonzero(found).tolist() == one_by_one(array, weights, distance, [0] * count)
    apart = suppress_non_maxima(
        array, np.array(weights[:count]), distance, np.array(groups[:count], dtype=int)
    )
    assert np.flatnonzero(apart).tolist() == one_by_one(array, weights, distance, groups)


@pytest.mark.parametrize("step", [(2, 0), (0, 4), (2, 4)])
def test_a_place_at_the_distance_along_one_axis_stays(step: tuple[int, int]) -> None:
    places, weights = np.array([(10, 10), np.add((10, 10), step)]), np.array([2.0, 1.0])
    stays = step[0] >= 3 or step[1] >= 5
    assert suppress_non_maxima(places, weights, (3, 5)).tolist() == [True, stays]
    assert suppress_non_maxima(places, weights, (2, 4)).tolist() == [True, True]


def test_of_no_places_none_is_left() -> None:
    assert suppress_non_maxima(np.zeros((0, 2), int), np.zeros(0), (3, 5)).shape == (0,)
