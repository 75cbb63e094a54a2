"""The posterior of the shifts of each patch against Bayes' rule, in every space."""

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.likelihood.e_step import PatchSource, e_step
from mtdbench.likelihood.map_shifts import MapShifts, map_shifts
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window, make_space

SPACES = [("line", 4, 1), ("disc", 3, 3), ("ball", 5, 2)]  # name, L, K
SHAPES = [((3, 5), 2), ((4, 2), 3)]  # of windows with unequal sides, K
BY_SHIFT = PassByShift(chunk_samples=2**8)


@dataclass
class Example:
    """Patches that partly show templates."""

    window: Window
    patches: np.ndarray
    templates: np.ndarray
    prior: np.ndarray
    sigma: float
    weights: np.ndarray | None = None

    def source(self, dtype: type) -> PatchSource:
        samples = self.patches.reshape(1, -1, *self.patches.shape[2:])  # one beneath the other
        mask = ~np.isnan(samples)
        patches = Patches(samples, self.window, measured=None if mask.all() else mask)
        return PatchSource.of(patches, BY_SHIFT, dtype)

    def arguments(self, dtype: type) -> tuple:
        flat = self.templates.reshape(len(self.templates), -1)
        return self.source(dtype), flat, self.prior, self.sigma

    def found(self, dtype: type = np.float64, patch_pass: PassByShift = BY_SHIFT) -> MapShifts:
        source, *arguments = self.arguments(dtype)
        masked = replace(patch_pass, masked=source.patch_pass.masked)
        return map_shifts(source, *arguments, self.window, self.weights, masked)


def of_window(window: Window, flat: np.ndarray, sigma: float, rng: np.random.Generator) -> Example:
    """Noise, and in every other patch a part of the first template; all scaled alike."""
    templates = window.reshape(flat / np.sqrt(np.mean(flat**2)))
    patches = sigma * rng.standard_normal((5, *window.shape))
    for i in range(0, 5, 2):
        move = tuple(rng.integers(1 - np.array(window.shape), window.shape))
        patches[i] += np.roll(templates[0], move, tuple(range(window.ndim)))
    prior = rng.dirichlet(np.ones(len(window.shifts) + 1))
    return Example(window, patches, templates, prior, sigma)


def of_space(name: str, length: int, poses: int, sigma: float = 0.7) -> Example:
    """Templates that the space makes."""
    rng, space = np.random.default_rng(3), make_space(name, length)
    flat = space.project(space.random(rng), space.random_poses(rng, poses))
    return of_window(space.window, flat, sigma, rng)


@pytest.fixture(params=[*SPACES, *SHAPES], ids=lambda case: str(case[0]))
def example(request: pytest.FixtureRequest) -> Example:
    first, *others = request.param
    if isinstance(first, str):
        return of_space(first, *others)
    rng, window = np.random.default_rng(4), Window(first)
    return of_window(window, rng.standard_normal((*others, window.size)), 0.7, rng)


def by_loops(example: Example, brute_force: SimpleNamespace) -> dict[str, np.ndarray]:
    """What the posterior of every (shift, pose) comes to, for each patch."""
    rows, shape = [], example.window.shape
    for patch in example.patches:
        arguments = example.templates, example.prior, example.sigma, example.weights
        exact = brute_force.posterior(patch, *arguments)
        weights: dict[tuple[int, ...] | None, float] = defaultdict(float)
        for shift, _, weight in exact.weights:
            signed = tuple(s - 2 * n * (s > n) for s, n in zip(shift, shape, strict=True))
            weights[None if brute_force.is_empty(shift, shape) else signed] += weight
        empty = weights.pop(None)
        best = max(weights, key=lambda shift: weights[shift])
        near = [w for s, w in weights.items() if np.abs(np.subtract(s, best)).max() <= 1]
        seen = sum(weights.values())
        rows.append((exact.log_evidence, empty, best, weights[best] / seen, sum(near) / seen))
    names = ("log_evidence", "empty", "shifts", "shares", "near")
    return {n: np.array(column) for n, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_each_patch_has_the_posterior_of_the_loops(
    example: Example,
    dtype: type,
    tolerance: float,
    weighted: bool,
    masked: bool,
    brute_force: SimpleNamespace,
) -> None:
    """Of its samples that were measured."""
    if masked:
        holes = np.random.default_rng(6).uniform(size=example.patches.shape) < 0.3
        holes[0] = False
        example.patches[holes] = np.nan
    if weighted:
        count = len(example.templates)
        example.weights = np.arange(1.0, count + 1) / sum(range(1, count + 1))
    found = example.found(dtype)
    for name, expected in by_loops(example, brute_force).items():
        np.testing.assert_allclose(getattr(found, name), expected, tolerance, 1e-300, err_msg=name)


def test_overlaps_that_are_out_of_the_question(brute_force: SimpleNamespace) -> None:
    """Exponents in the thousands: nothing overflows, and log_empty still tells how improbable."""
    example = of_space("disc", 3, 2, sigma=0.02)
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
    several = example.found(patch_pass=replace(BY_SHIFT, block_patches=(2, 2)))
    for field in fields(MapShifts):
        one, other = getattr(alone, field.name), getattr(several, field.name)
        np.testing.assert_allclose(one, other, 1e-12)
    sums = e_step(*example.arguments(np.float64), overlaps(example.window), BY_SHIFT)
    assert alone.log_evidence.sum() == pytest.approx(sums.loglik, rel=1e-10)
    assert alone.empty.sum() == pytest.approx(sums.overlaps[-1], rel=1e-9)


def test_parts_join_in_order(example: Example) -> None:
    whole, patches = example.found(), example.patches
    parts = [replace(example, patches=patches[part]).found() for part in np.split(range(5), [2])]
    for field in fields(MapShifts):
        joined = getattr(MapShifts.joined(parts), field.name)
        np.testing.assert_allclose(joined, getattr(whole, field.name), 1e-12)


def test_no_patches_are_an_error() -> None:
    with pytest.raises(ValueError, match="no patches"):
        map_shifts([], np.ones((1, 4)), np.ones(8) / 8, 1.0, Window((4,)))
