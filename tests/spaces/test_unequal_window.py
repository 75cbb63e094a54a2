"""A measurement whose window has two unequal sides: what runs on an image of L x L runs on it."""

import runpy
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.characteristic.characteristic import characteristic
from mtdbench.estimators.em.em import em
from mtdbench.estimators.references.clean_moments import clean_moments
from mtdbench.estimators.references.matched_filter import matches
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.picking_scores import particle_scores, picking_scores
from mtdbench.evaluate.separation_deviation import pairs_deviation, true_separations
from mtdbench.model.measurement import Estimate
from mtdbench.model.separations import least_separation
from mtdbench.picking import particles, pick

Plate = runpy.run_path(str(Path(__file__).parents[1] / "plate.py"))["Plate"]
SPACING = {"well-separated": 0.1, "arbitrary": 0.3}


@pytest.fixture(scope="module", params=SPACING)
def plate(request: pytest.FixtureRequest, simulate: Callable) -> object:
    """Copies of 3 x 6 samples, either way up, with little noise."""
    return simulate(Plate(3), 150, 10.0, SPACING[request.param], 1, spacing=request.param)


@pytest.fixture(scope="module")
def separated(simulate: Callable) -> object:
    return simulate(Plate(3), 150, 10.0, SPACING["well-separated"], 1)


def last(estimates: Iterator[Estimate]) -> Estimate:
    return list(estimates)[-1]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_oracle_is_the_mean_of_the_windows_turned_back(plate) -> None:
    y, placement = plate.measurement.samples, plate.placement
    windows = [y[i : i + 3, j : j + 6].ravel() for i, j in placement.corners]
    upright = [w[::-1] if pose else w for w, (pose,) in zip(windows, placement.poses, strict=True)]
    estimate = last(oracle(plate.measurement, rng(), placement=placement))
    np.testing.assert_allclose(estimate.x, np.mean(upright, axis=0), rtol=1e-10)


def test_the_matched_filter_finds_every_copy(separated) -> None:
    placement = separated.placement
    found = matches(separated.measurement, separated.truth, len(placement.corners))
    np.testing.assert_array_equal(found.corners, placement.corners)
    np.testing.assert_array_equal(found.poses, placement.poses)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prior": "free", "n_grids": 2},
        {"n_init": 1, "shift_annealing": True},
        {"batch_fraction": 0.3, "iterations": 60},
    ],
    ids=lambda options: "-".join(options),
)
def test_em_recovers_the_object(plate, options: dict[str, object]) -> None:
    estimate = last(em(plate.measurement, rng(), **({"n_init": 3} | options)))
    assert plate.error(estimate.x) < 0.05
    assert estimate.density == pytest.approx(plate_density(plate), rel=0.25)


def plate_density(plate) -> float:
    return len(plate.placement.corners) * 18 / plate.measurement.samples.size


@pytest.mark.parametrize("estimator", [autocorrelation, characteristic])
def test_moments_recover_the_object(separated, estimator: Callable) -> None:
    estimate = last(estimator(separated.measurement, rng(), n_init=2))
    assert separated.error(estimate.x) < 0.06
    assert estimate.density == pytest.approx(0.1, rel=0.05)


def test_moments_of_crowded_copies_recover_the_object_and_the_separations(simulate) -> None:
    crowded = simulate(Plate(2), 200, 10.0, 0.3, 1, spacing="arbitrary")
    estimate = last(autocorrelation(crowded.measurement, rng(), n_init=2))
    assert crowded.error(estimate.x) < 0.06
    assert estimate.density == pytest.approx(0.3, rel=0.05)
    true = true_separations(crowded.placement, crowded.space.window)
    assert estimate.pairs is not None
    assert pairs_deviation(estimate.pairs, true) < 0.02


def test_exact_moments_give_the_object_exactly(separated) -> None:
    estimate = last(clean_moments(separated.measurement, rng(), truth=separated.truth, n_init=2))
    assert separated.error(estimate.x) < 1e-4


def test_copies_are_picked(separated) -> None:
    measurement, placement = separated.measurement, separated.placement
    picks = pick(measurement, separated.truth, grids=2)
    listed = particles(picks, least_separation(picks.window, measurement.spacing))
    scores = particle_scores(listed, placement)
    assert min(scores["recall"], scores["precision"]) > 0.95
    patches = picking_scores(picks, placement, partial(separated.space.project, separated.truth))
    assert patches["positions"] > 0.9
    assert patches["f1"] > 0.9
    assert np.array_equal(listed.centres, listed.corners + np.array([1, 3]))
