"""An image of known diameter is moved to the middle of its window, wherever EM found it."""

import numpy as np
import pytest

from mtdbench import InputError, simulate
from mtdbench.estimators.em.centring import RIM, centred_object, default_poses
from mtdbench.estimators.em.em import em
from mtdbench.spaces import make_space
from mtdbench.spaces.directions import directions

SPACE = make_space("disc", 21)


def ring(row: float, column: float, radius: float = 4.0) -> np.ndarray:
    """Samples of a ring about a place, as an offset from the middle."""
    rows, columns = np.indices(SPACE.shape) - 10.0
    return np.exp(-((np.hypot(rows - row, columns - column) - radius) ** 2) / 2)


@pytest.mark.parametrize("offset", [(0, 0), (2, -1), (-3.5, 2.5), (0, 4)])
def test_a_ring_is_moved_to_the_middle(offset: tuple[float, float]) -> None:
    x, moved = centred_object(SPACE, SPACE.expand(ring(*offset)), 10.0)
    np.testing.assert_allclose(moved, -np.array(offset))
    middle = SPACE.expand(ring(0, 0))
    assert np.linalg.norm(x - middle) < 0.08 * np.linalg.norm(middle)


def test_a_part_of_a_neighbour_is_taken_away() -> None:
    """Of a ring and a weaker piece of another one that touches it."""
    alone = SPACE.expand(ring(2, -1))
    rows, columns = np.indices(SPACE.shape) - 10.0
    piece = 0.8 * ring(-6, 7) * (np.hypot(rows - 2, columns + 1) > 8)
    beside = SPACE.expand(ring(2, -1) + piece)
    expected, _ = centred_object(SPACE, alone, 10.0)
    found, moved = centred_object(SPACE, beside, 10.0)
    assert moved == (-2.0, 1.0)
    image = SPACE.render(found)
    assert np.linalg.norm(found - expected) < 0.1 * np.linalg.norm(expected)
    assert np.abs(image[np.hypot(rows, columns) > RIM * 10 + 2]).max() < 0.1


def test_centring_commutes_with_rotation() -> None:
    """By quarter turns, under which the samples are the same."""
    image = ring(1.5, -2.5) + 0.3 * ring(3, -2, 1)
    found, _ = centred_object(SPACE, SPACE.expand(image), 10.0)
    turned, _ = centred_object(SPACE, SPACE.expand(np.rot90(image)), 10.0)
    np.testing.assert_allclose(SPACE.render(turned), np.rot90(SPACE.render(found)), atol=1e-9)


def test_em_that_knows_the_diameter_says_that_it_moved() -> None:
    data = simulate("disc", 5, size=60, snr=20, density=0.1, seed=1)
    options = {"n_init": 2, "iterations": 4}
    *_, before, last = em(data.measurement, np.random.default_rng(0), diameter=3, **options)
    assert last.note.count("to the middle") == 2
    assert np.array_equal(last.x, centred_object(data.measurement.space, before.x, 3)[0])
    assert (last.objective, last.converged) == (before.objective, before.converged)


def test_a_diameter_that_cannot_be_is_refused() -> None:
    disc, line = (
        simulate(name, 5, size=200, snr=10, density=0.1, seed=1) for name in ("disc", "line")
    )
    rng = np.random.default_rng(0)
    for data, diameter, said in (
        (disc, 7, "at most the window's 5"),
        (disc, 0, "diameter=0"),
        (line, 3, "images or volumes"),
    ):
        with pytest.raises(InputError, match=said):
            next(em(data.measurement, rng, diameter=diameter))


@pytest.mark.parametrize("offset", [(0, 0, 0), (1, -2, 0.5)])
def test_a_shell_is_moved_to_the_middle(offset: tuple[float, float, float]) -> None:
    """With a piece of a neighbour beside it, which is taken away."""
    space = make_space("ball", 13, "degree:8")
    grid = np.moveaxis(np.indices(space.shape) - 6.0, 0, -1)
    distance = np.linalg.norm(grid - offset, axis=-1)
    shell = np.exp(-((distance - 2.5) ** 2) / 2)
    blob = np.exp(-np.sum((grid - offset - np.array([0, 5, 3])) ** 2, axis=-1))
    x, moved = centred_object(space, space.expand(shell + blob), 6.0)
    np.testing.assert_allclose(moved, -np.array(offset))
    middle = np.exp(-((np.linalg.norm(grid, axis=-1) - 2.5) ** 2) / 2)
    found, expected = space.render(x), space.render(space.expand(middle))
    assert np.linalg.norm(found - expected) < 0.15 * np.linalg.norm(expected)


def test_directions_are_unit_vectors_that_balance() -> None:
    for ndim in (2, 3):
        units = directions(ndim)
        np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1)
        moments = units.T @ units / len(units)
        np.testing.assert_allclose(units.mean(axis=0), 0, atol=0.01)
        np.testing.assert_allclose(moments, np.eye(ndim) / ndim, atol=0.01)


def test_an_image_of_known_diameter_has_poses_by_its_rim() -> None:
    assert default_poses(SPACE, 10.0) == 32
    assert default_poses(SPACE, None) == SPACE.default_poses
    ball = make_space("ball", 7, "degree:3")
    assert default_poses(ball, 5.0) == ball.default_poses
