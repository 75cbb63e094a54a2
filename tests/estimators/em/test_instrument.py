"""EM and the oracle behind an instrument: filters by optics group, a background, a mask, a law."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from mtdbench import Measurement, Placement, Space, make_space
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.references.matched_filter import matches
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.pose_law import WeightedPoses
from mtdbench.simulation import Recipe
from mtdbench.simulation.scene import expanded

SIGMA = 0.1
KERNELS = {
    "line": (np.array([0.3, 1.0, -0.4]), np.array([-0.5, 0.2, 1.0])),
    "disc": (np.eye(3) / 3, np.array([[0, 0.2, 0], [0.2, 1, -0.3], [0, -0.3, 0]])),
}
SIZES = {"line": (6, 3000), "disc": (5, 120)}


def instrument(space: Space) -> ForwardModel:
    """Two optics groups over three micrographs, and a background."""
    filters = tuple(Convolution(kernel) for kernel in KERNELS[space.name])
    return ForwardModel(space, filters, np.array([0, 1, 0]), background=0.7)


def measured(forward: ForwardModel) -> tuple[Measurement, Placement, np.ndarray]:
    """Three micrographs as the instrument shows them, the placement and the truth."""
    space = forward.space
    length, size = SIZES[space.name]
    recipe = Recipe(
        space=space.name, window=length, size=size, snr=1.0, density=0.05, micrographs=3, seed=3
    )
    scene, rng = expanded(recipe, forward), np.random.default_rng(4)
    clean = np.stack([np.concatenate(list(scene.blocks(m, size))) for m in range(3)])
    noisy = clean + SIGMA * rng.standard_normal(clean.shape)
    return Measurement(noisy, space, SIGMA, forward=forward), scene.placement, scene.truth["x"]


@pytest.fixture(params=["line", "disc"])
def data(request: pytest.FixtureRequest) -> tuple[Measurement, Placement, np.ndarray]:
    return measured(instrument(make_space(request.param, SIZES[request.param][0])))


def error(measurement: Measurement, x: np.ndarray, truth: np.ndarray) -> float:
    return errors(measurement.space, x, truth)["error"]


def test_em_undoes_what_the_instrument_does(
    data: tuple[Measurement, Placement, np.ndarray],
) -> None:
    """The density is that of the copies' own windows, however wide they show."""
    measurement, placement, truth = data
    *_, found = em(measurement, np.random.default_rng(0))
    bare = replace(measurement, forward=ForwardModel(measurement.space))
    *_, blind = em(bare, np.random.default_rng(0))
    assert error(measurement, found.x, truth) < 0.1
    assert error(measurement, blind.x, truth) > 0.3
    share = measurement.space.window.size / measurement.samples.size
    assert found.density == pytest.approx(len(placement.poses) * share, rel=0.1)


def test_the_likelihood_never_decreases(data: tuple[Measurement, Placement, np.ndarray]) -> None:
    measurement, _, _ = data
    problem = make_problem(measurement, 8, "uniform", 1, "double")
    start = problem.random_start(np.random.default_rng(1))
    states = list(islice(problem.iterate(problem.operator, start), 12))
    gains = np.diff([state.objective for state in states])
    assert np.all(gains >= -1e-9)
    assert gains.sum() > 0


def test_the_oracle_is_exact_without_noise(data: tuple[Measurement, Placement, np.ndarray]) -> None:
    measurement, placement, truth = data
    (found,) = oracle(measurement, np.random.default_rng(0), placement=placement)
    assert error(measurement, found.x, truth) < 0.02


def test_the_oracle_leaves_out_what_was_not_measured(
    data: tuple[Measurement, Placement, np.ndarray],
) -> None:
    measurement, placement, truth = data
    known = np.random.default_rng(5).uniform(size=measurement.samples.shape) < 0.7
    spoilt = np.where(known, measurement.samples, 1e6)
    masked = replace(
        measurement, samples=spoilt, forward=replace(measurement.forward, measured=known)
    )
    (found,) = oracle(masked, np.random.default_rng(0), placement=placement)
    assert error(measurement, found.x, truth) < 0.03


def test_em_leaves_out_patches_that_were_not_measured(
    data: tuple[Measurement, Placement, np.ndarray],
) -> None:
    """A dead border of outrageous samples changes nothing but the number of patches."""
    measurement, _, truth = data
    known = np.ones(measurement.samples.shape, dtype=bool)
    known[:, :17] = False
    spoilt = np.where(known, measurement.samples, 1e6)
    masked = replace(
        measurement, samples=spoilt, forward=replace(measurement.forward, measured=known)
    )
    *_, found = em(masked, np.random.default_rng(0))
    assert error(measurement, found.x, truth) < 0.1


def test_the_matched_filter_finds_filtered_copies(
    data: tuple[Measurement, Placement, np.ndarray],
) -> None:
    measurement, placement, truth = data
    found = matches(measurement, truth, len(placement.corners))
    rows = (np.column_stack([p.micrographs, p.corners]) for p in (placement, found))
    true, ours = (set(map(tuple, each)) for each in rows)
    assert len(true & ours) > 0.9 * len(true)


def test_poses_that_do_not_occur_have_no_weight() -> None:
    """Where all copies lie within a narrow range of angles, EM with that law beats the uniform."""
    space = make_space("disc", 5)
    law = WeightedPoses(lambda poses: (np.cos(poses[:, 0]) > 0.9).astype(float))
    measurement, _, truth = measured(ForwardModel(space, pose_law=law))
    problem = make_problem(measurement, 32, "uniform", 1, "double")
    weights = problem.operator.forward.pose_weights(problem.operator.poses)
    assert weights is not None
    images = problem.operator.expectation(problem.random_start(np.random.default_rng(0)))[0][1]
    assert np.all(images.visibility[weights == 0] < 1e-12)
    assert np.all(images.visibility[weights > 0].sum(axis=1) > 0)
    *_, found = em(measurement, np.random.default_rng(0), poses=32)
    assert error(measurement, found.x, truth) < 0.1
