"""Fits to invariants are fits to the moments they came from."""

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.moments.autocorrelations import Moments, lags, model_moments
from mtdbench.moments.bispectrum import Bispectrum, rotation_invariants
from mtdbench.moments.invariants import FLAT, design, reduced
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, Window, make_space

DENSITY = 0.07


@pytest.fixture(params=[(7, 2, 7), (7, 2, 4), (6, 1, 6)], ids=str)
def case(request: pytest.FixtureRequest) -> tuple[Bispectrum, int, np.ndarray, np.ndarray]:
    """A volume with the model's moments at that width."""
    window, degree, width = request.param
    space = make_space("ball", window, f"degree:{degree}")
    x = np.random.default_rng(1).standard_normal(space.size)
    poses, shares = space.quadrature()
    moments = model(space.project(x, poses), lags(width, 2), np, shares)
    bispectrum = space.invariants()
    assert bispectrum is not None
    return bispectrum, width, x, moments


def bare(values: np.ndarray) -> Moments:
    return Moments(values, np.zeros((0, len(values))))


def test_the_design_gives_the_models_moments(case: tuple) -> None:
    bispectrum, width, x, moments = case
    groups, matrix = design(bispectrum, width)
    given = (matrix @ bispectrum.values(x))[groups.label]
    assert np.max(np.abs(given - moments)) < 1e-13 * np.abs(moments).max()


@pytest.mark.parametrize("all_kept", [True, False])
def test_counting_weights_lose_nothing(case: tuple, all_kept: bool) -> None:
    """The sum of squares over invariants is that over moments, but for a constant."""
    bispectrum, width, x, moments = case
    geometry, rng = lags(width, 2), np.random.default_rng(3)
    keep = geometry.unbiased | all_kept
    target = DENSITY * moments * (1 + 0.05 * rng.standard_normal(len(moments)))
    full = Fitter(bispectrum.ball, width, target, count_weights(geometry, keep))
    few = Fitter(bispectrum.ball, None, *reduced(bispectrum, width, bare(target), keep, "count"))
    assert len(few.weights) <= bispectrum.count < len(moments) / 2
    thetas = [np.append(x + 0.3 * rng.standard_normal(len(x)), np.log(0.1)) for _ in range(4)]
    costs = np.array([[f.cost(theta)[0] for f in (full, few)] for theta in thetas])
    gaps = costs[:, 0] - costs[:, 1]
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-9 * costs[:, 0].max())
    slopes = [f.cost(thetas[0])[1] for f in (full, few)]
    np.testing.assert_allclose(*slopes, atol=1e-9 * np.abs(slopes[0]).max())


def test_exact_moments_leave_no_residual(case: tuple) -> None:
    bispectrum, width, x, moments = case
    keep = np.ones(len(moments), dtype=bool)
    for weights in ("count", "flat"):
        found = reduced(bispectrum, width, bare(DENSITY * moments), keep, weights)
        problem = Fitter(bispectrum.ball, None, *found)
        residual = problem.residual(np.append(x, np.log(DENSITY)))
        assert np.linalg.norm(residual) < 1e-9 * np.linalg.norm(found[1] @ found[0])


def test_flat_weights_count_directions_alike(case: tuple) -> None:
    bispectrum, width, _, moments = case
    keep = np.ones(len(moments), dtype=bool)
    _, flat = reduced(bispectrum, width, bare(moments), keep, "flat")
    _, count = reduced(bispectrum, width, bare(moments), keep, "count")
    s = np.linalg.svd(count, compute_uv=False)[: len(flat)]
    found = np.linalg.svd(flat, compute_uv=False)
    np.testing.assert_allclose(np.sort(found)[::-1], s / np.hypot(s, FLAT * s[0]), rtol=1e-6)


def test_covariance_weights_whiten_the_noise() -> None:
    """Tiles whose moments scatter by a known covariance have residuals of unit variance."""
    bispectrum = make_space("ball", 7, "degree:1").invariants()
    assert bispectrum is not None
    rng, width = np.random.default_rng(4), 3
    count = lags(width, 2).count
    mix = rng.standard_normal((count, count)) / np.sqrt(count)
    tiles = rng.standard_normal((2000, count)) @ mix.T
    moments = Moments(tiles.mean(axis=0), tiles)
    keep = np.ones(count, dtype=bool)
    _, weights = reduced(bispectrum, width, moments, keep, "covariance")
    draws = []
    for _ in range(60):
        values = rng.standard_normal((1, count)) @ mix.T / np.sqrt(len(tiles))
        implied, _ = reduced(bispectrum, width, Moments(values[0], tiles), keep, "covariance")
        draws.append(weights @ implied)
    assert np.var(draws, axis=0).mean() == pytest.approx(1, rel=0.1)


def test_only_volumes_have_fewer_invariants_than_moments() -> None:
    assert make_space("line", 5).invariants() is None
    assert make_space("disc", 5).invariants() is None
