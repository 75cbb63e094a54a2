"""Scores without a truth: picks against marks, agreement with a mean, held-out likelihood."""

from dataclasses import replace

import numpy as np
import pytest

from mtdbench.evaluate.heldout import heldout_loglik
from mtdbench.evaluate.mark_scores import mark_scores
from mtdbench.evaluate.mean_agreement import correlation, mean_view, radial_correlation
from mtdbench.picking.particle_marks import Marks
from mtdbench.picking.picks import pick
from mtdbench.simulation import Recipe, make_dataset
from mtdbench.spaces import make_space

FOUR = np.array([[10.0, 10], [10, 30], [30, 10], [30, 30]])


def marks(places: np.ndarray = FOUR, number: int = 0) -> Marks:
    return Marks(np.full(len(places), number), places, np.array([number]))


def scores(places: np.ndarray, known: Marks, near: float = 3) -> list[float]:
    return list(mark_scores(np.zeros(len(places), int), places, known, near).values())


def test_each_mark_counts_once() -> None:
    assert scores(FOUR + np.array([1, -1]), marks()) == [1, 1, 1]
    assert scores(np.repeat(FOUR[:1], 2, axis=0), marks()) == [0.5, 0.25, 1 / 3]
    assert scores(FOUR[:2] + 5, marks()) == [0, 0, 0]


def test_a_far_pick_takes_no_mark_from_a_near_one() -> None:
    true = np.array([[0.0, 0], [0, 4]])
    assert scores(np.array([[0.0, 2], [0, 90]]), marks(true)) == [0.5, 0.5, 0.5]
    # Both are near to the middle mark; one of them alone is near to the other.
    assert scores(np.array([[0.0, 2], [0, 6]]), marks(true)) == [1, 1, 1]
    # Together they lie nearest where none is a hit.
    row = marks(np.array([[0, 2.9], [0, -3.1]]))
    assert scores(np.array([[0.0, 0], [0, 6]]), row) == [0.5, 0.5, 0.5]


def test_micrographs_that_nobody_marked_do_not_count() -> None:
    elsewhere = mark_scores(np.array([1, 1]), FOUR[:2], marks(number=1), 1)
    assert elsewhere["precision"] == 1
    assert np.isnan(scores(FOUR, marks(np.zeros((0, 2))))[2])
    assert scores(np.zeros((0, 2)), marks())[1:] == [0, 0]


def test_images_that_differ_by_a_rotation_a_factor_and_a_level_agree() -> None:
    grid = np.indices((15, 15)) - 7
    image = np.exp(-((np.hypot(*grid) - 4) ** 2) / 4) * (1 + 0.3 * np.sin(np.arctan2(*grid)))
    turned = 5 + 3 * np.rot90(image)
    assert radial_correlation(image, turned, 6) == pytest.approx(1, abs=1e-9)
    assert radial_correlation(image, np.pad(turned, 3), 6) == pytest.approx(1, abs=1e-9)
    assert radial_correlation(image, -image, 6) == pytest.approx(-1)
    moved = np.roll(image, 3, axis=0)
    assert radial_correlation(image, moved, 6) < 0.9
    assert np.isnan(radial_correlation(image, np.ones((15, 15)), 6))


def test_signals_agree_sample_by_sample() -> None:
    a = np.array([0.0, 1, 3, 2])
    assert correlation(a, 2 * a + 1) == pytest.approx(1)
    assert np.isnan(correlation(a, a[1:]))


@pytest.mark.parametrize("name", ["line", "disc", "ball"])
def test_the_mean_view_is_that_of_copies_in_any_pose(name: str) -> None:
    space, rng = make_space(name, 7), np.random.default_rng(1)
    x = space.random(rng)
    copies = space.project(x, space.random_poses(rng, 4000)).mean(axis=0)
    assert mean_view(space, x).shape == space.window.shape
    error = np.linalg.norm(mean_view(space, x).ravel() - copies)
    assert error < 0.15 * np.linalg.norm(space.project(x, space.poses(1)))


def test_the_true_object_is_likelier_on_what_it_has_not_seen_than_others() -> None:
    recipe = Recipe(space="line", window=8, size=600, micrographs=2, snr=3, density=0.4, seed=1)
    dataset = make_dataset(recipe)
    whole, truth, sigma = dataset.measurement, dataset.truth, dataset.facts["sigma"]
    seen, unseen = (replace(whole.half(number), sigma=None) for number in (1, 2))

    def loglik(x: np.ndarray, level: float = sigma) -> float:
        return heldout_loglik(seen, unseen, x, level)

    other = np.random.default_rng(2).permutation(truth)
    assert loglik(truth) > max(loglik(other), loglik(0 * truth), loglik(truth, 2 * sigma)) + 0.05


def test_nothing_is_fitted_to_the_unseen_part() -> None:
    recipe = Recipe(space="line", window=8, size=600, micrographs=2, snr=3, density=0.4, seed=1)
    dataset = make_dataset(recipe)
    whole, sigma = dataset.measurement, dataset.facts["sigma"]
    noise = np.random.default_rng(0).normal(0, sigma, whole.half(2).samples.shape)
    empty = replace(whole.half(2), samples=noise)
    held = heldout_loglik(whole.half(1), empty, dataset.truth, sigma)
    fitted = pick(replace(empty, sigma=sigma), dataset.truth).loglik
    assert held < fitted - 0.1  # the share of empty patches there is another one
