"""Copies that several patches see are listed once."""

import numpy as np
import pytest

from mtdbench.picking import Picks, particles
from mtdbench.spaces import Window


def picks(rows: list[tuple[int, int, int, float, float]], window: int = 5) -> Picks:
    """Patches of a signal: micrograph, first sample, shift, P(empty), probability."""
    micrographs, patches, shifts, empty, chances = map(np.array, zip(*rows, strict=True))
    return Picks(
        Window((window,)),
        micrographs,
        patches[:, None],
        empty,
        shifts[:, None],
        chances,
        chances,
        0.5,
        0.0,
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
        (9,),
    )
    assert found.micrographs.tolist() == [0, 0, 1]
    assert found.corners.tolist() == [[3], [13], [3]]
    assert found.centres.tolist() == [[5], [15], [5]]
    assert found.probabilities.tolist() == [0.7, 0.6, 0.9]


def test_where_all_is_empty_there_are_no_copies() -> None:
    found = particles(picks([(0, 0, 0, 0.9, 0.1), (0, 5, 2, 0.5, 0.5)]), (9,))
    assert found.corners.shape == (0, 1)


@pytest.mark.parametrize("distance", [5, 9])
def test_copies_keep_their_distance(distance: int) -> None:
    rng = np.random.default_rng(0)
    rows = [(0, 5 * i, int(rng.integers(-4, 5)), 0.0, float(rng.uniform())) for i in range(200)]
    corners = np.sort(particles(picks(rows), (distance,)).corners[:, 0])
    assert np.diff(corners).min() >= distance


def test_distances_and_centres_are_those_of_each_axis() -> None:
    """Of a window of 3 x 5 samples, copies 3 x 5 apart: rows are nearer than columns."""
    window, zeros = Window((3, 5)), np.zeros(3)
    patches = np.array([[0, 0], [3, 0], [0, 4]])  # below the first, and one column too near
    chances = np.array([0.9, 0.8, 0.7])
    many = Picks(window, zeros.astype(int), patches, zeros, 0 * patches, chances, chances, 0.5, 0.0)
    found = particles(many, window.shape)
    assert found.corners.tolist() == [[0, 0], [3, 0]]
    assert found.centres.tolist() == [[1, 2], [4, 2]]
