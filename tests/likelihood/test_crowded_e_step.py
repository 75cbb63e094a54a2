"""The E-step of patches that see several copies against Bayes' rule, set by set, pose by pose."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtdbench.likelihood.e_step import e_step
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.shifts import overlaps

PARTS = ("images", "visibility", "overlaps")


@pytest.fixture
def example(make_example: Callable, patch_pass: PatchPass) -> Any:
    """Four patches, two poses that are not equally likely."""
    example = make_example((2, 3), 2, patch_pass, patches=4)
    example.weights = np.array([0.3, 0.7])
    return example


def by_listing(example: Any, brute_force: SimpleNamespace) -> Any:
    arguments = example.patches, example.templates, example.prior, example.sigma, example.weights
    return brute_force.crowd_statistics(*arguments)


def agree(found: Any, expected: Any, tolerance: float) -> None:
    assert found.loglik == pytest.approx(expected.loglik, rel=tolerance)
    assert found.energy == pytest.approx(expected.energy, rel=tolerance)
    for part in PARTS:
        left, right = getattr(found, part).ravel(), getattr(expected, part).ravel()
        assert np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right), part


@pytest.mark.parametrize("energies", [(), (1, 99), (101, 3000)], ids=str)
def test_statistics_equal_the_list(
    example: Any, energies: tuple[float, ...], brute_force: SimpleNamespace
) -> None:
    if energies:
        example.with_energy(*energies)
    expected = by_listing(example, brute_force)
    agree(example.e_step(crowded=True), expected, 1e-10)


def test_single_precision_sees_the_same(example: Any) -> None:
    agree(example.e_step(np.float32, crowded=True), example.e_step(crowded=True), 1e-4)


def test_samples_that_were_not_measured_do_not_count(
    example: Any, brute_force: SimpleNamespace
) -> None:
    example.forget()
    agree(example.e_step(crowded=True), by_listing(example, brute_force), 1e-10)


def test_statistics_are_the_gradient_in_the_templates(example: Any) -> None:
    """(B - M I)/sigma^2, by central differences."""

    def loglik(templates: np.ndarray) -> float:
        geometry = overlaps(example.window, crowded=True)
        rest = example.prior, example.sigma, geometry, example.patch_pass, example.weights
        return e_step(example.source(), templates, *rest).loglik

    s, flat = example.e_step(crowded=True), example.flat()
    gradient = (s.images - s.visibility * flat) / example.sigma**2
    way = np.random.default_rng(1).standard_normal(flat.shape)
    slope = (loglik(flat + 1e-4 * way) - loglik(flat - 1e-4 * way)) / 2e-4
    assert slope == pytest.approx(np.sum(gradient * way), rel=1e-6)


def test_copies_that_are_seldom_are_alone(example: Any) -> None:
    """The model of one copy is the limit: what the pairs add is of second order in the density."""
    example.prior = np.append(np.full(len(example.prior) - 1, 1e-9), 1.0)
    agree(example.e_step(crowded=True), example.e_step(), 1e-6)
