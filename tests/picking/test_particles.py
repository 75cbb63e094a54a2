"""Copies that several patches see are listed once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtdbench.picking import Picks, particles
from mtdbench.picking.particles import foremost


def picks(rows: list[tuple[int, int, int, float, float]], window: int = 5) -> Picks:
    """Patches of a signal: micrograph, first sample, shift, P(empty), probability."""
    micrographs, patches, shifts, empty, chances = map(np.array, zip(*rows, strict=True))
    return Picks(
        window, micrographs, patches[:, None], empty, shifts[:, None], chances, chances, 0.5, 0.0
    )


def test_patches_of_one_copy_are_merged_and_the_surest_counts() -> None:
    found = particles(
        picks(
            [
                (0, 0, 3, 0.01, 0.7),  # a copy at 3 ...
                (0, 5, -1, 0.2, 0.5),  # ... that its neighbour sees at 4
                (0, 10, 3, 0.0, 0.6),  # another one, 10 samples further
                (0, 15, 0, 0.9, 0.1),  # empty
                (1, 0, 3, 0.0, 0.9),  # the same place in another micrograph
            ]
        ),
        9,
    )
    assert found.micrographs.tolist() == [0, 0, 1]
    assert found.corners.tolist() == [[3], [13], [3]]
    assert found.centres.tolist() == [[5], [15], [5]]
    assert found.probabilities.tolist() == [0.7, 0.6, 0.9]


def test_where_all_is_empty_there_are_no_copies() -> None:
    found = particles(picks([(0, 0, 0, 0.9, 0.1), (0, 5, 2, 0.5, 0.5)]), 9)
    assert found.corners.shape == (0, 1)


@given(
    places=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60),
    weights=st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=60, max_size=60),
    distance=st.integers(1, 9),
)
def test_all_at_once_is_the_same_as_one_after_the_other(
    places: list, weights: list[float], distance: int
) -> None:
    array = np.array(places, dtype=int).reshape(-1, 2)
    order = sorted(range(len(places)), key=lambda i: -weights[i])
    chosen: list[int] = []
    for i in order:
        if all(np.abs(array[i] - array[j]).max() >= distance for j in chosen):
            chosen.append(i)
    found = foremost(array, np.array(weights[: len(places)]), distance)
    assert np.flatnonzero(found).tolist() == sorted(chosen)


@pytest.mark.parametrize("distance", [5, 9])
def test_copies_keep_their_distance(distance: int) -> None:
    rng = np.random.default_rng(0)
    rows = [(0, 5 * i, int(rng.integers(-4, 5)), 0.0, float(rng.uniform())) for i in range(200)]
    corners = np.sort(particles(picks(rows), distance).corners[:, 0])
    assert np.diff(corners).min() >= distance
