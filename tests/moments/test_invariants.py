"""Fits to invariants are fits to the moments they came from."""

from typing import NamedTuple

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.autocorrelations import Moments, lags, model_moments
from mtdbench.moments.bispectrum import Bispectrum, rotation_invariants
from mtdbench.moments.invariants import FLAT_SINGULAR_VALUE, design, reduced
from mtdbench.moments.weights import count_weights
from mtdbench.spaces import Space, Window, make_space

DENSITY = 0.07


class Case(NamedTuple):
    """A volume, with the model's moments over the lags of a box."""

    space: Space
    bispectrum: Bispectrum
    box: Window
    x: np.ndarray
    moments: np.ndarray

    def problem(self, target: np.ndarray, weights: np.ndarray, box: Window | None) -> MomentProblem:
        return MomentProblem(ForwardModel(self.space), box, target, weights)


@pytest.fixture(params=[(7, 2, (7, 7)), (7, 2, (4, 4)), (6, 1, (6, 6)), (7, 1, (3, 5))], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    length, degree, sides = request.param
    space, box = make_space("ball", length, f"degree:{degree}"), Window(sides)
    x = np.random.default_rng(1).standard_normal(space.size)
    poses, shares = space.quadrature()
    moments = model_moments(space.project(x, poses), lags(box), space.window, np, shares)
    bispectrum = rotation_invariants(space)
    assert bispectrum is not None
    return Case(space, bispectrum, box, x, moments)


def bare(values: np.ndarray) -> Moments:
    return Moments(values, np.zeros((0, len(values))))


def test_the_design_gives_the_models_moments(case: Case) -> None:
    _, bispectrum, box, x, moments = case
    groups, matrix = design(bispectrum, box)
    given = (matrix @ bispectrum.values(x))[groups.label]
    assert np.max(np.abs(given - moments)) < 1e-13 * np.abs(moments).max()


@pytest.mark.parametrize("all_kept", [True, False])
def test_counting_weights_lose_nothing(case: Case, all_kept: bool) -> None:
    """The sum of squares over invariants is that over moments, but for a constant."""
    _, bispectrum, box, x, moments = case
    geometry, rng = lags(box), np.random.default_rng(3)
    keep = geometry.unbiased | all_kept
    target = DENSITY * moments * (1 + 0.05 * rng.standard_normal(len(moments)))
    full = case.problem(target, count_weights(geometry, keep), box)
    few = case.problem(*reduced(bispectrum, box, bare(target), keep, "count"), None)
    assert len(few.weights) <= bispectrum.count < len(moments) / 2
    thetas = [np.append(x + 0.3 * rng.standard_normal(len(x)), np.log(0.1)) for _ in range(4)]
    costs = np.array([[f.cost(theta)[0] for f in (full, few)] for theta in thetas])
    gaps = costs[:, 0] - costs[:, 1]
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-9 * costs[:, 0].max())
    slopes = [f.cost(thetas[0])[1] for f in (full, few)]
    np.testing.assert_allclose(*slopes, atol=1e-9 * np.abs(slopes[0]).max())


def test_exact_moments_leave_no_residual(case: Case) -> None:
    _, bispectrum, box, x, moments = case
    keep = np.ones(len(moments), dtype=bool)
    for weights in ("count", "flat"):
        found = reduced(bispectrum, box, bare(DENSITY * moments), keep, weights)
        problem = case.problem(*found, None)
        residual = problem.residual(np.append(x, np.log(DENSITY)))
        assert np.linalg.norm(residual) < 1e-9 * np.linalg.norm(found[1] @ found[0])


def test_flat_weights_count_directions_alike(case: Case) -> None:
    _, bispectrum, box, _, moments = case
    keep = np.ones(len(moments), dtype=bool)
    _, flat = reduced(bispectrum, box, bare(moments), keep, "flat")
    _, count = reduced(bispectrum, box, bare(moments), keep, "count")
    s = np.linalg.svd(count, compute_uv=False)[: len(flat)]
    found = np.linalg.svd(flat, compute_uv=False)
    np.testing.assert_allclose(
        np.sort(found)[::-1], s / np.hypot(s, FLAT_SINGULAR_VALUE * s[0]), rtol=1e-6
    )


def test_covariance_weights_whiten_the_noise() -> None:
    """Tiles whose moments scatter by a known covariance have residuals of unit variance."""
    bispectrum = rotation_invariants(make_space("ball", 7, "degree:1"))
    assert bispectrum is not None
    rng, box = np.random.default_rng(4), Window((3, 3))
    count = lags(box).count
    mix = rng.standard_normal((count, count)) / np.sqrt(count)
    tiles = rng.standard_normal((2000, count)) @ mix.T
    moments = Moments(tiles.mean(axis=0), tiles)
    keep = np.ones(count, dtype=bool)
    _, weights = reduced(bispectrum, box, moments, keep, "covariance")
    draws = []
    for _ in range(60):
        values = rng.standard_normal((1, count)) @ mix.T / np.sqrt(len(tiles))
        implied, _ = reduced(bispectrum, box, Moments(values[0], tiles), keep, "covariance")
        draws.append(weights @ implied)
    assert np.var(draws, axis=0).mean() == pytest.approx(1, rel=0.1)


def test_only_volumes_have_fewer_invariants_than_moments() -> None:
    assert rotation_invariants(make_space("line", 5)) is None
    assert rotation_invariants(make_space("disc", 5)) is None
