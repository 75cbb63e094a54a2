"""The statistics of the E-step are the slopes of its log-likelihood."""

from collections.abc import Callable

import numpy as np
import pytest

from mtdbench.likelihood.e_step import e_step
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.shifts import overlaps


@pytest.fixture(params=[((4,), 1), ((5,), 3), ((3, 3), 2), ((2, 4), 2)], ids=str)
def example(request: pytest.FixtureRequest, make_example: Callable, patch_pass: PatchPass):
    example = make_example(*request.param, patch_pass)
    count = len(example.templates)
    example.weights = np.arange(1.0, count + 1) / sum(range(1, count + 1))
    return example


def slope(f: Callable[[np.ndarray], float], x: np.ndarray, step: float) -> np.ndarray:
    """Central differences of the fourth order, in every entry."""
    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[place] = step
        found[place] = 8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))
    return found / (12 * step)


def loglik(example, templates: np.ndarray, prior: np.ndarray, weights: np.ndarray) -> float:
    rest = example.sigma, overlaps(example.window), example.patch_pass, weights
    return e_step(example.source(), templates, prior, *rest).loglik


def test_statistics_are_the_gradient_in_the_templates(example) -> None:
    """(B - M I)/sigma^2."""
    s = example.e_step()
    gradient = (s.images - s.visibility * example.flat()) / example.sigma**2
    numeric = slope(
        lambda t: loglik(example, t, example.prior, example.weights), example.flat(), 1e-3
    )
    assert np.linalg.norm(gradient - numeric) < 1e-8 * np.linalg.norm(gradient)


def test_weights_of_overlaps_are_the_gradient_in_the_prior(example) -> None:
    """(weight of the overlap)/rho, for a prior that need not sum to 1."""
    roots, s = np.sqrt(example.prior), example.e_step()
    numeric = slope(lambda r: loglik(example, example.flat(), r**2, example.weights), roots, 1e-4)
    gradient = 2 * s.overlaps / roots
    assert np.linalg.norm(gradient - numeric) < 1e-7 * np.linalg.norm(gradient)
