"""Signals of several classes: what is special about them."""

from itertools import permutations

import numpy as np
import pytest

from mtdbench.spaces import Space, make_space


@pytest.fixture
def space() -> Space:
    return make_space("line", 4, "classes:3")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_one_class_is_a_line() -> None:
    assert make_space("line", 6, "classes:1") == make_space("line", 6)


def test_a_pose_selects_a_signal(space: Space) -> None:
    x = np.arange(12.0)
    poses = np.array([[2.0], [0.0], [2.0]])
    assert np.array_equal(space.project(x, poses), [[8, 9, 10, 11], [0, 1, 2, 3], [8, 9, 10, 11]])
    assert np.array_equal(space.project(x, space.poses(17)).ravel(), x)
    assert np.array_equal(space.expand(x.reshape(3, 4)), x)


def test_classes_are_equally_likely(space: Space, rng: np.random.Generator) -> None:
    poses = space.random_poses(rng, 30000)
    assert poses.shape == (30000, 1)
    counts = np.array([np.sum(poses == k) for k in range(3)])
    assert counts.sum() == 30000
    assert np.all(np.abs(counts - 10000) < 4 * np.sqrt(30000 * 2 / 9))


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_align_is_the_best_of_all_permutations(classes: int, rng: np.random.Generator) -> None:
    space = make_space("line", 3, f"classes:{classes}")
    for _ in range(20):
        x, truth = rng.standard_normal((2, space.size))
        every = [x.reshape(classes, 3)[list(order)] for order in permutations(range(classes))]
        best = min(np.linalg.norm(y.ravel() - truth) for y in every)
        aligned = space.align(x, truth)
        assert np.linalg.norm(aligned - truth) == pytest.approx(best, rel=1e-12)
        assert any(np.array_equal(aligned, y.ravel()) for y in every)


def test_shift_candidates_move_one_signal_each(space: Space, rng: np.random.Generator) -> None:
    x = rng.standard_normal(12)
    line = make_space("line", 4)
    found = {y.tobytes() for y in space.shift_candidates(x)}
    for k in range(3):
        for shift in (-2, -1, 1, 2):
            signals = x.reshape(3, 4).copy()
            signals[k] = line.translate(signals[k], (shift,))
            assert signals.tobytes() in found
    assert len(found) == 12


def test_random_signals_are_independent(space: Space, rng: np.random.Generator) -> None:
    draws = np.array([space.random(rng).reshape(3, 4) for _ in range(2000)])
    assert np.allclose(np.mean(draws**2, axis=2), 1)
    first, second = draws[:, 0].ravel(), draws[:, 1].ravel()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05
