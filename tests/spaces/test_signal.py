"""Signals: what is special about them."""

import numpy as np
import pytest

from mtdbench.spaces import make_space


def test_every_pose_is_the_identity() -> None:
    space = make_space("line", 6)
    x = np.arange(6.0)
    poses = space.random_poses(np.random.default_rng(0), 3)
    assert np.array_equal(space.project(x, poses), [x, x, x])
    assert np.array_equal(space.operator(poses), [np.eye(6)] * 3)
    assert space.poses(17).shape == (1, 0)


def test_nothing_is_aligned() -> None:
    x = np.array([1.0, 2, 3, 4])
    assert np.array_equal(make_space("line", 4).align(x, np.roll(x, 1)), x)


@pytest.mark.parametrize(
    ("shift", "moved"),
    [(2, [0, 0, 1, 2]), (-1, [2, 3, 4, 0]), (0, [1, 2, 3, 4]), (3, [0, 0, 0, 1])],
)
def test_translate_loses_what_leaves(shift: int, moved: list[float]) -> None:
    x = np.array([1.0, 2, 3, 4])
    assert np.array_equal(make_space("line", 4).translate(x, (shift,)), moved)
    assert np.array_equal(x, [1, 2, 3, 4])


def test_random_signals_are_positive_with_mean_square_1() -> None:
    x = make_space("line", 9).random(np.random.default_rng(1))
    assert np.mean(x**2) == pytest.approx(1)
    assert np.all(x >= 0)
