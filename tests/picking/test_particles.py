"""Copies that several patches see are listed once."""

import numpy as np
import pytest

from mtdbench import InputError, Measurement
from mtdbench.model.forward import ForwardModel
from mtdbench.picking import Picks, particles
from mtdbench.picking.particles import particles_of_diameter
from mtdbench.spaces import Window, make_space


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


def test_particles_of_known_diameter_may_touch_but_not_lie_in_each_other() -> None:
    """By Euclid's distance, with the middle on a sample that was measured."""
    space = make_space("disc", 5)
    measured = np.ones((1, 40, 40), dtype=bool)
    measured[0, 30:] = False
    measurement = Measurement(
        np.zeros((40, 40)), space, 1.0, "arbitrary", ForwardModel(space, measured=measured)
    )
    patches = np.array([[0, 0], [3, 3], [0, 4], [-3, 20], [20, -2], [29, 10], [27, 10]])
    chances, zeros = np.linspace(0.9, 0.3, len(patches)), np.zeros(len(patches))
    which = zeros.astype(int)
    many = Picks(space.window, which, patches, zeros, 0 * patches, chances, chances, 0.5, 0.0)
    found = particles_of_diameter(many, measurement, 5.5)  # 0.75 of it: 4 samples
    assert found.corners.tolist() == [[0, 0], [3, 3], [20, -2], [27, 10]]
    assert particles_of_diameter(many, measurement, 6.7).corners.tolist() == [
        [0, 0], [20, -2], [27, 10],
    ]  # fmt: skip
    with pytest.raises(InputError, match="diameter -1"):
        particles_of_diameter(many, measurement, -1)
