"""Bounds against closed forms, and against what estimators reach."""

from pathlib import Path

import numpy as np
import pytest

from mtdbench.estimators.registry import load
from mtdbench.evaluate.cramer_rao import FEWEST_PATCHES, known_bound, patch_bound
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Measurement
from mtdbench.model.placed_copies import Placement
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.spaces import make_space

CASES = {
    "line": {"window": 6, "size": 30_000, "density": 0.3},
    "disc": {"window": 5, "size": 400, "density": 0.1},
}


def dataset(folder: Path, name: str, snr: float, trial: int = 0):
    """A measurement, its truth, its placement and the facts about it."""
    recipe = Recipe(space=name, snr=snr, seed=3, trial=trial, **CASES[name])
    facts = write_dataset(recipe, folder)
    space = make_space(name, recipe.window)
    measurement = Measurement.load(folder / "measurement.npy", space, facts["sigma"])
    x = np.load(folder / "truth.npz")["x"]
    return measurement, x, Placement.load(folder / "placement.npz"), facts


def of_patches(measurement: Measurement, x: np.ndarray, density: float, known: bool = True):
    sigma = measurement.sigma
    assert sigma is not None
    rng = np.random.default_rng(0)
    return patch_bound(measurement.forward, x, measurement.samples, density, sigma, known, rng)


def test_known_places_and_poses_of_a_signal_leave_the_noise_of_a_mean() -> None:
    space = make_space("line", 7)
    x = space.random(np.random.default_rng(0))
    expected = 0.5 * np.sqrt(7 / 200) / np.linalg.norm(x)
    assert known_bound(ForwardModel(space), x, 200, 0.5).error == pytest.approx(expected)


@pytest.mark.parametrize("name", ["line", "disc"])
def test_optics_that_double_a_copy_halve_the_bound(name: str) -> None:
    """The kernel is wider than a sample, so that a margin that shows nothing costs nothing."""
    space = make_space(name, 5)
    x, kernel = space.random(np.random.default_rng(0)), np.zeros((3,) * space.window.ndim)
    kernel[(1,) * space.window.ndim] = 2.0
    bare, doubled = ForwardModel(space), ForwardModel(space, (Convolution(kernel),))
    errors = [known_bound(forward, x, 200, 0.5).error for forward in (bare, doubled)]
    assert errors[1] == pytest.approx(errors[0] / 2)


def test_of_too_few_patches_there_is_no_bound() -> None:
    space, rng = make_space("line", 5), np.random.default_rng(0)
    x = space.random(rng)
    many, few = (rng.standard_normal(5 * FEWEST_PATCHES * (space.size + 2) - n) for n in (0, 1))
    arguments = 0.2, 1.0, True, rng
    assert np.isfinite(patch_bound(ForwardModel(space), x, many, *arguments).error)
    assert np.isnan(patch_bound(ForwardModel(space), x, few, *arguments).error)


def test_where_noise_hides_no_place_patches_know_as_much(tmp_path: Path) -> None:
    """At very high SNR every patch tells where its part of a copy lies, and all parts together are
    the copies: the closed form is reached.
    """
    measurement, x, _, facts = dataset(tmp_path, "line", 1e4)
    known = known_bound(measurement.forward, x, facts["copies"], facts["sigma"]).error
    patches = of_patches(measurement, x, facts["density"])
    assert patches.error == pytest.approx(known, rel=0.05)
    assert patches.uncertainty < 0.02 * patches.error


@pytest.mark.parametrize("name", ["line", "disc"])
def test_noise_costs_patches_more(name: str, tmp_path: Path) -> None:
    ratios = []
    for snr in (1.0, 10.0):
        measurement, x, _, facts = dataset(tmp_path, name, snr)
        known = known_bound(measurement.forward, x, facts["copies"], facts["sigma"]).error
        ratios.append(of_patches(measurement, x, facts["density"]).error / known)
    assert ratios[0] > 1.5 * ratios[1] > 1.5


def test_what_is_not_known_costs_more(tmp_path: Path) -> None:
    measurement, x, _, facts = dataset(tmp_path, "line", 1.0)
    told, untold = (of_patches(measurement, x, facts["density"], k).error for k in (True, False))
    assert untold > told


def test_the_oracle_reaches_the_bound_that_knows_all(tmp_path: Path) -> None:
    squares, bounds = [], []
    for trial in range(30):
        measurement, x, placement, facts = dataset(tmp_path, "disc", 2.0, trial)
        *_, last = load("oracle")(measurement, np.random.default_rng(0), placement=placement)
        squares.append(errors(measurement.space, last.x, x)["error"] ** 2)
        bounds.append(known_bound(measurement.forward, x, facts["copies"], facts["sigma"]).error)
    ratio = np.mean(squares) / np.mean(np.square(bounds))
    assert ratio == pytest.approx(1, abs=0.25)  # chi squared of 30 x 9 degrees: .086


def test_em_reaches_the_bound_of_patches(tmp_path: Path) -> None:
    """Converged, at the maximum that is nearest the truth, its errors are the bound's: in the mean
    square within four standard errors of 20 trials with six degrees of freedom each.
    """
    squares, bounds, rng = [], [], np.random.default_rng(0)
    for trial in range(20):
        measurement, x, _, facts = dataset(tmp_path, "line", 5.0, trial)
        *_, last = load("em")(measurement, rng, init=str(tmp_path / "truth.npz"))
        squares.append(errors(measurement.space, last.x, x)["error"] ** 2)
        bounds.append(of_patches(measurement, x, facts["density"]).error)
    assert np.mean(squares) / np.mean(np.square(bounds)) == pytest.approx(1, abs=0.5)
