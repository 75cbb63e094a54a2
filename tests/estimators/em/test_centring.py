"""An image of known diameter is moved to the middle of its window, wherever EM found it."""

import numpy as np
import pytest

from mtdbench import InputError, simulate
from mtdbench.estimators.em.centring import RIM, centred_image
from mtdbench.estimators.em.em import em
from mtdbench.spaces import make_space

SPACE = make_space("disc", 21)


def ring(row: float, column: float, radius: float = 4.0) -> np.ndarray:
    """Samples of a ring about a place, as an offset from the middle."""
    rows, columns = np.indices(SPACE.shape) - 10.0
    return np.exp(-((np.hypot(rows - row, columns - column) - radius) ** 2) / 2)


@pytest.mark.parametrize("offset", [(0, 0), (2, -1), (-3.5, 2.5), (0, 4)])
def test_a_ring_is_moved_to_the_middle(offset: tuple[float, float]) -> None:
    x, moved = centred_image(SPACE, SPACE.expand(ring(*offset)), 10.0)
    np.testing.assert_allclose(moved, -np.array(offset))
    middle = SPACE.expand(ring(0, 0))
    assert np.linalg.norm(x - middle) < 0.08 * np.linalg.norm(middle)


def test_a_part_of_a_neighbour_is_taken_away() -> None:
    """Of a ring and a weaker piece of another one that touches it."""
    alone = SPACE.expand(ring(2, -1))
    rows, columns = np.indices(SPACE.shape) - 10.0
    piece = 0.8 * ring(-6, 7) * (np.hypot(rows - 2, columns + 1) > 8)
    beside = SPACE.expand(ring(2, -1) + piece)
    expected, _ = centred_image(SPACE, alone, 10.0)
    found, moved = centred_image(SPACE, beside, 10.0)
    assert moved == (-2.0, 1.0)
    image = SPACE.render(found)
    assert np.linalg.norm(found - expected) < 0.1 * np.linalg.norm(expected)
    assert np.abs(image[np.hypot(rows, columns) > RIM * 10 + 2]).max() < 0.1


def test_centring_commutes_with_rotation() -> None:
    """By quarter turns, under which the samples are the same."""
    image = ring(1.5, -2.5) + 0.3 * ring(3, -2, 1)
    found, _ = centred_image(SPACE, SPACE.expand(image), 10.0)
    turned, _ = centred_image(SPACE, SPACE.expand(np.rot90(image)), 10.0)
    np.testing.assert_allclose(SPACE.render(turned), np.rot90(SPACE.render(found)), atol=1e-9)


def test_em_that_knows_the_diameter_says_that_it_moved() -> None:
    data = simulate("disc", 5, size=60, snr=20, density=0.1, seed=1)
    options = {"n_init": 2, "iterations": 4}
    *_, before, last = em(data.measurement, np.random.default_rng(0), diameter=3, **options)
    assert last.note.count("to the middle") == 2
    assert np.array_equal(last.x, centred_image(data.measurement.space, before.x, 3)[0])
    assert (last.objective, last.converged) == (before.objective, before.converged)


def test_a_diameter_that_cannot_be_is_refused() -> None:
    disc, line = (
        simulate(name, 5, size=200, snr=10, density=0.1, seed=1) for name in ("disc", "line")
    )
    rng = np.random.default_rng(0)
    for data, diameter, said in (
        (disc, 7, "at most the window's 5"),
        (disc, 0, "diameter=0"),
        (line, 3, "images"),
    ):
        with pytest.raises(InputError, match=said):
            next(em(data.measurement, rng, diameter=diameter))
