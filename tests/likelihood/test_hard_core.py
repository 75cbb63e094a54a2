"""The sum over sets of copies that do not overlap, against listing them all."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logsumexp

from mtdbench.likelihood.hard_core import TILE, occupations
from mtdbench.spaces import Window

SHAPES = [(4,), (1, 3), (2, 2), (3, 3), (3, 4)]


def listed(
    log_activity: np.ndarray, shape: tuple[int, ...], brute_force: SimpleNamespace
) -> tuple[np.ndarray, np.ndarray]:
    """log Z and n_s of fields (S, m), set by set."""
    sets = brute_force.crowds(shape)
    member = np.array([np.bincount(c, minlength=len(log_activity)) for c in sets])
    logs = member @ log_activity
    log_sum = logsumexp(logs, axis=0)
    return log_sum, member.T @ np.exp(logs - log_sum)


@pytest.mark.parametrize("scale", [1, 5, 300])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_sum_is_that_over_all_sets(
    shape: tuple[int, ...], scale: float, brute_force: SimpleNamespace
) -> None:
    """Also of activities that no floating-point number holds, of which products cancel nothing."""
    window, rng = Window(shape), np.random.default_rng(2)
    fields = scale * rng.standard_normal((len(window.shifts), 9))
    log_sum, mean = occupations(fields, window)
    expected = listed(fields, shape, brute_force)
    np.testing.assert_allclose(log_sum, expected[0], rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(mean, expected[1], rtol=1e-10, atol=1e-13)
    assert mean.sum(axis=0).max() <= 4 + 1e-12


def test_single_precision_sees_the_same(brute_force: SimpleNamespace) -> None:
    window, rng = Window((3, 3)), np.random.default_rng(4)
    fields = 20 * rng.standard_normal((25, 9))
    log_sum, mean = occupations(fields.astype(np.float32), window)
    expected = listed(fields, window.shape, brute_force)
    np.testing.assert_allclose(log_sum, expected[0], rtol=1e-5)
    np.testing.assert_allclose(mean, expected[1], atol=1e-4)


@pytest.mark.parametrize("count", [1, TILE, TILE + 1])
def test_fields_do_not_see_each_other(count: int) -> None:
    window, rng = Window((3, 3)), np.random.default_rng(6)
    fields = rng.standard_normal((25, count))
    log_sum, mean = occupations(fields, window)
    assert log_sum.shape == (count,)
    alone = occupations(fields[:, -1:], window)
    np.testing.assert_allclose(log_sum[-1:], alone[0], rtol=1e-14)
    np.testing.assert_allclose(mean[:, -1:], alone[1], rtol=1e-13)


def test_a_patch_that_is_turned_or_mirrored_shows_the_same() -> None:
    window, rng = Window((6, 6)), np.random.default_rng(8)
    fields = 3 * rng.standard_normal((11, 11, 2))
    log_sum, mean = occupations(fields.reshape(121, 2), window)
    for turns in range(4):
        for mirror in (1, -1):
            moved = np.rot90(fields, turns)[::mirror]
            other, there = occupations(moved.reshape(121, 2), window)
            np.testing.assert_allclose(other, log_sum, rtol=1e-13)
            back = np.rot90(there.reshape(11, 11, 2)[::mirror], -turns)
            np.testing.assert_allclose(back.reshape(121, 2), mean, rtol=1e-9, atol=1e-14)


def test_more_than_two_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="3 axes"):
        occupations(np.zeros((27, 1)), Window((2, 2, 2)))
