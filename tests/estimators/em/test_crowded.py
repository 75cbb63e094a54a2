"""EM of images whose copies may lie at any distance."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, Measurement, make_space
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.problem import make_problem
from mtdbench.model.forward import ForwardModel

OPTIONS = {"n_init": 1, "prior": "crowded", "poses": 8}


def last(measurement: Measurement, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(1), **{**OPTIONS, **options})
    return estimate


@pytest.fixture(scope="module")
def crowded(simulate: Callable[..., Any]) -> Any:
    """Copies that fill two fifths of the samples."""
    return simulate(make_space("disc", 3), 150, 8.0, 0.4, 2, spacing="arbitrary")


def test_image_and_density_are_recovered(crowded: Any) -> None:
    many, one = (last(crowded.measurement, prior=prior) for prior in ("crowded", "uniform"))
    assert many.density == pytest.approx(0.4, rel=0.05)
    assert abs(one.density - 0.4) > 0.06
    assert crowded.error(many.x) < min(0.1, 0.5 * crowded.error(one.x))
    assert many.objective > one.objective
    assert many.converged is True
    assert many.pairs is None


def test_the_likelihood_never_decreases(crowded: Any) -> None:
    """Without acceleration too, and where the noise is estimated."""
    measurement = crowded.without_sigma
    problem = make_problem(measurement, 8, "crowded", 1, "double", memory=0)
    start = Parameters(
        crowded.truth[::-1].copy(), problem.prior(0.05), 1.5 * crowded.measurement.sigma
    )
    states = list(islice(problem.iterate(problem.operator, start), 12))
    rises = np.diff([state.objective for state in states])
    assert rises.min() > -1e-10
    assert states[-1].parameters.sigma == pytest.approx(crowded.measurement.sigma, rel=0.1)


def test_parts_that_were_not_measured_are_left_out(crowded: Any) -> None:
    mask = np.random.default_rng(0).uniform(size=crowded.measurement.stack.shape) > 0.1
    samples = np.where(mask, crowded.measurement.stack, 1e6)
    forward = ForwardModel(crowded.space, measured=mask)
    masked = replace(crowded.measurement, samples=samples, forward=forward)
    found = last(masked)
    assert found.density == pytest.approx(0.4, rel=0.07)
    assert crowded.error(found.x) < 0.15


def test_steps_of_a_part_of_the_patches_end_near_by(crowded: Any) -> None:
    found = last(crowded.measurement, batch_fraction=0.5, iterations=30, n_grids=2)
    assert found.density == pytest.approx(0.4, rel=0.05)
    assert crowded.error(found.x) < 0.15


@pytest.mark.long
def test_signals_of_two_classes_are_recovered(simulate: Callable[..., Any]) -> None:
    """Neighbours in a patch may be of different classes, which pairs of one pose cannot be."""
    data = simulate(make_space("line", 6, "classes:2"), 6_000, 10.0, 0.5, 1, spacing="arbitrary")
    found = last(data.measurement, n_init=2, tolerance=0.1)
    assert found.density == pytest.approx(0.5, rel=0.05)
    assert data.error(found.x) < 0.1
