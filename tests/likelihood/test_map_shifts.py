"""The posterior of the views of each patch against Bayes' rule, in every space."""

from collections import defaultdict
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.likelihood import pass_by_shift
from mtdbench.likelihood.e_step import Source, statistics
from mtdbench.likelihood.map_shifts import MapShifts
from mtdbench.model.patches import Patches
from mtdbench.spaces import make_space

SPACES = [("line", 4, 1), ("disc", 3, 3), ("ball", 5, 2)]  # name, L, K


class Example:
    """Patches of a space that partly show its templates."""

    def __init__(self, name: str, window: int, poses: int, sigma: float = 0.7) -> None:
        rng, space = np.random.default_rng(3), make_space(name, window)
        self.ndim, self.window, self.sigma = space.window.ndim, window, sigma
        x = space.random(rng)
        flat = space.project(x, space.random_poses(rng, poses))
        self.templates = (flat / np.sqrt(np.mean(flat**2))).reshape(-1, *(window,) * self.ndim)
        self.patches = sigma * rng.standard_normal((5, *(window,) * self.ndim))
        for i in range(0, 5, 2):
            move = tuple(rng.integers(-window + 1, window, self.ndim))
            self.patches[i] += np.roll(self.templates[0], move, tuple(range(self.ndim)))
        self.prior = rng.dirichlet(np.ones((2 * window - 1) ** self.ndim + 1))

    def arguments(self, dtype: type) -> tuple[Source, np.ndarray, np.ndarray, float, int]:
        samples = self.patches.reshape(-1, *self.patches.shape[2:])  # one beneath the other
        source = Source.of(Patches(samples, self.window), dtype)
        flat = self.templates.reshape(len(self.templates), -1)
        return source, flat, self.prior, self.sigma, self.ndim

    def found(self, dtype: type = np.float64) -> MapShifts:
        return map_shifts(*self.arguments(dtype))


@pytest.fixture(params=SPACES, ids=lambda case: case[0])
def example(request: pytest.FixtureRequest) -> Example:
    return Example(*request.param)


def by_loops(example: Example, brute_force: SimpleNamespace) -> dict[str, np.ndarray]:
    """What the posterior of every (shift, pose) comes to, for each patch."""
    rows = []
    for patch in example.patches:
        exact = brute_force.posterior(patch, example.templates, example.prior, example.sigma)
        weights: dict[tuple[int, ...] | None, float] = defaultdict(float)
        for shift, _, weight in exact.weights:
            empty = example.window in shift
            signed = tuple(s - 2 * example.window * (s > example.window) for s in shift)
            weights[None if empty else signed] += weight
        empty = weights.pop(None)
        best = max(weights, key=lambda shift: weights[shift])
        near = [w for s, w in weights.items() if np.abs(np.subtract(s, best)).max() <= 1]
        seen = sum(weights.values())
        rows.append((exact.log_evidence, empty, best, weights[best] / seen, sum(near) / seen))
    names = ("log_evidence", "empty", "shifts", "shares", "near")
    return {n: np.array(column) for n, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_each_patch_has_the_posterior_of_the_loops(
    example: Example, dtype: type, tolerance: float, brute_force: SimpleNamespace
) -> None:
    found = example.found(dtype)
    for name, expected in by_loops(example, brute_force).items():
        np.testing.assert_allclose(getattr(found, name), expected, tolerance, 1e-300, err_msg=name)


def test_views_that_are_out_of_the_question(brute_force: SimpleNamespace) -> None:
    """Exponents in the thousands: nothing overflows, and log_empty still tells how improbable."""
    example = Example("disc", 3, 2, sigma=0.02)
    found = example.found()
    expected = by_loops(example, brute_force)
    np.testing.assert_allclose(found.log_evidence, expected["log_evidence"], 1e-10)
    np.testing.assert_array_equal(found.shifts, expected["shifts"])
    assert np.isfinite(found.log_empty - found.log_seen).all()
    assert (found.log_empty - found.log_seen).min() < -1000


def test_another_share_of_empty_patches_needs_no_other_pass(example: Example) -> None:
    before = example.prior[-1]
    changed = example.found().reweighted(before, 0.8)
    example.prior[:-1] *= 0.2 / (1 - before)
    example.prior[-1] = 0.8
    anew = example.found()
    for field in fields(MapShifts):
        np.testing.assert_allclose(getattr(changed, field.name), getattr(anew, field.name), 1e-10)


def test_threads_and_blocks_change_nothing_and_the_sums_are_those_of_the_e_step(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = example.found()
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(pass_by_shift, "BLOCK_PATCHES", (2, 2))
    several = example.found()
    for field in fields(MapShifts):
        one, other = getattr(alone, field.name), getattr(several, field.name)
        np.testing.assert_allclose(one, other, 1e-12)
    sums = statistics(*example.arguments(np.float64))
    assert alone.log_evidence.sum() == pytest.approx(sums.loglik, rel=1e-10)
    assert alone.empty.sum() == pytest.approx(sums.views[-1], rel=1e-9)


def test_no_patches_are_an_error() -> None:
    with pytest.raises(ValueError, match="no patches"):
        map_shifts([], np.ones((1, 4)), np.ones(8) / 8, 1.0, 1)
