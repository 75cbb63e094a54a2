"""Several micrographs are one measurement: what estimators learn from each adds up."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, Measurement, Placement, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.prior import uniform_prior
from mtdbench.estimators.random_start import random_start
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.relative_error import errors
from mtdbench.likelihood.e_step import PatchSource, e_step
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.model.patches import Patches, shifted_grids
from mtdbench.model.shifts import overlaps
from mtdbench.simulation import Recipe, write_dataset

RECIPES = {
    "line": Recipe(space="line", window=6, size=3000, snr=4.0, density=0.2, micrographs=2),
    "disc": Recipe(space="disc", window=5, size=150, snr=10.0, density=0.06, micrographs=4),
}


@cache
def data(name: str) -> tuple[Measurement, Placement, np.ndarray]:
    """Easy data in several micrographs, and the truth."""
    recipe = RECIPES[name]
    with TemporaryDirectory() as folder:
        sigma = write_dataset(recipe, Path(folder))["sigma"]
        samples = np.load(Path(folder) / "measurement.npy").astype(float)
        placement = Placement.load(Path(folder) / "placement.npz")
        truth = np.load(Path(folder) / "truth.npz")["x"]
    return Measurement(samples, make_space(name, recipe.window), sigma), placement, truth


def last(estimates: Any) -> Estimate:
    *_, estimate = estimates
    return estimate


@pytest.mark.parametrize("name", RECIPES)
def test_statistics_are_the_sum_of_the_parts(name: str) -> None:
    measurement, _, x = data(name)
    space, stack = measurement.space, measurement.stack
    window, geometry = space.window, overlaps(space.window)
    templates, prior = space.project(x, space.poses(4)), uniform_prior(0.6, geometry.count)
    grids, patch_pass = shifted_grids(window, 2), FusedPass()

    def found(samples: np.ndarray) -> Any:
        patches = Patches(window.stack(samples), window, grids)
        source = PatchSource.of(patches, patch_pass, np.float64)
        return e_step(source, templates, prior, measurement.sigma, geometry, patch_pass)

    whole, first, *others = map(found, (stack, *stack))
    parts = sum(others, first)
    for field in ("loglik", "patches", "energy", "images", "visibility", "overlaps"):
        np.testing.assert_allclose(getattr(whole, field), getattr(parts, field), rtol=1e-9)


@pytest.mark.parametrize("name", RECIPES)
def test_starts_see_the_samples_of_all(name: str) -> None:
    measurement, *_ = data(name)
    swapped = replace(measurement, samples=measurement.samples[::-1])
    one, other = (random_start(m, np.random.default_rng(3)) for m in (measurement, swapped))
    np.testing.assert_allclose(one.x, other.x, rtol=1e-10)
    first = replace(measurement, samples=measurement.samples[0])
    assert not np.allclose(one.x, random_start(first, np.random.default_rng(3)).x, rtol=1e-6)


@pytest.mark.parametrize("name", RECIPES)
def test_estimators_use_all_micrographs(name: str) -> None:
    measurement, placement, truth = data(name)
    space, rng = measurement.space, np.random.default_rng

    def error(estimate: Estimate) -> float:
        return errors(space, estimate.x, truth)["error"]

    best = last(oracle(measurement, rng(0), placement=placement))
    assert error(best) < 0.1
    density = len(placement.corners) * space.window.size
    density /= measurement.samples.size
    assert best.density == pytest.approx(density)
    for method in (em, autocorrelation):
        estimate = last(method(measurement, rng(1)))
        assert error(estimate) < 0.3
        assert estimate.density == pytest.approx(density, rel=0.15)
