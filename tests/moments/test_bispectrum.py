"""The invariants of volumes, and that the moments of projections are linear in them."""

from itertools import product

import numpy as np
import pytest

from mtdbench.moments.bispectrum import Bispectrum
from mtdbench.spaces.volume.volume import Ball


@pytest.fixture(params=[(7, 2), (8, 2), (7, 3)], ids=str)
def ball(request: pytest.FixtureRequest) -> Ball:
    length, degree = request.param
    return Ball.from_basis(length, f"degree:{degree}")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def test_rotations_and_reflections_change_nothing(ball: Ball, rng: np.random.Generator) -> None:
    x, bispectrum = rng.standard_normal(ball.size), Bispectrum(ball.shells)
    values = bispectrum.values(x)
    assert values.shape == (bispectrum.count,)
    scale = np.abs(values).max()
    for rotated in ball.shells.rotate(x, ball.random_poses(rng, 5)):
        np.testing.assert_allclose(bispectrum.values(rotated), values, atol=1e-12 * scale)
        mirrored = np.where(ball.shells.odd, -rotated, rotated)
        np.testing.assert_allclose(bispectrum.values(mirrored), values, atol=1e-12 * scale)
    other = bispectrum.values(rng.standard_normal(ball.size))
    assert np.max(np.abs(other - values)) > 0.1 * scale


def test_power_spectra_are_products_of_coefficients(ball: Ball, rng: np.random.Generator) -> None:
    """Of order two: sum_m x_lms x_lms'."""
    x, bispectrum = rng.standard_normal(ball.size), Bispectrum(ball.shells)
    single, pairs, _ = bispectrum.sets
    found = bispectrum.values(x)[single.shape[1] :][: pairs.shape[1]]
    expected = []
    for _, rows in ball.shells.by_degree(x):
        expected += list((rows.T @ rows)[np.triu_indices(rows.shape[1])])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_means_over_rotations_are_linear_in_them(ball: Ball, rng: np.random.Generator) -> None:
    """Of single samples and of products of two and three, against the quadrature over poses."""
    x, bispectrum = rng.standard_normal(ball.size), Bispectrum(ball.shells)
    poses, shares = ball.quadrature()
    images = ball.project(x, poses)
    for order, count in product((1, 2, 3), (1, 4)):
        samples = rng.integers(ball.window.size, size=(order, count))
        exact = shares @ np.prod([images[:, r] for r in samples], axis=0).sum(axis=1)
        row = bispectrum.means([samples])[0]
        terms = row * bispectrum.values(x)
        assert abs(terms.sum() - exact) < 1e-12 * np.abs(terms).max()


def test_higher_degrees_only_add_invariants(rng: np.random.Generator) -> None:
    low, high = (Ball.from_basis(7, f"degree:{degree}") for degree in (1, 2))
    x = rng.standard_normal(low.size)
    few = Bispectrum(low.shells).values(x)
    many = Bispectrum(high.shells).values(np.pad(x, (0, high.size - low.size)))
    assert len(many) > len(few)
    np.testing.assert_allclose(np.sort(many[many != 0])[-3:], np.sort(few)[-3:], rtol=1e-12)
    assert np.sum(np.abs(many) > 1e-12) == np.sum(np.abs(few) > 1e-12)
