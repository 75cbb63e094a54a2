"""Autocorrelation analysis behind an instrument: a mask, a background, filters by optics group."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import scipy

from mtdbench import InputError, Measurement, Space, make_space
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.autocorrelation.measured_problem import moment_problem
from mtdbench.estimators.autocorrelation.moment_fits import before_filters
from mtdbench.estimators.autocorrelation.moment_problem import MomentProblem
from mtdbench.estimators.options import check_carried
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.moments.autocorrelations import lags
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.simulation import Recipe
from mtdbench.simulation.noise import correlated, whitening_kernel
from mtdbench.simulation.scene import expanded
from mtdbench.spaces import Window

KERNELS = {  # of no symmetry
    "line": (np.array([0.3, 1.0, -0.4]), np.array([-0.5, 0.2, 1.0])),
    "disc": (
        np.array([[0.5, 0, -0.2], [0.1, 1, 0.4], [0, -0.3, 0.2]]),
        np.array([[0, 0.2, 0], [0.2, 1, -0.3], [0, 0.1, 0]]),
    ),
}
SPACES = [("line", 6, "auto"), ("line", 5, "classes:2"), ("disc", 5, "paper"), ("disc", 4, "auto")]


def filtered(space: Space, groups: np.ndarray | None = None) -> ForwardModel:
    """With one filter, or two of which each micrograph has one."""
    filters = tuple(Convolution(kernel) for kernel in KERNELS[space.name])
    return ForwardModel(space, filters[:1] if groups is None else filters, groups)


def model_of(forward: ForwardModel, box: Window, x: np.ndarray, density: float) -> np.ndarray:
    """gamma m(x) as the fit has it."""
    count = lags(box).count
    problem = MomentProblem(forward, box, np.zeros(count), np.ones(count))
    return problem.residual(np.append(x, np.log(density)))[:count]


def canvases(space: Space, images: np.ndarray) -> np.ndarray:
    """Each image alone on a canvas on which no lag reaches the edge."""
    margin = [(0, 0), *[(9, 9)] * space.window.ndim]
    return np.pad(images, margin)


@pytest.fixture(params=SPACES, ids=str)
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


@pytest.mark.parametrize("groups", [None, np.array([0, 1, 0])], ids=["one", "two"])
def test_the_model_is_the_mean_over_densely_sampled_poses(
    space: Space, groups: np.ndarray | None
) -> None:
    """Also where a filter of no symmetry makes every pose look different: a fixed linear map of
    templates, whose products of three samples the same quadrature integrates.
    """
    rng, window = np.random.default_rng(1), space.window
    x, forward, box = space.random(rng), filtered(space, groups), window
    images = window.reshape(space.project(x, space.poses(90 if space.name == "disc" else 1)))
    expected = np.zeros(lags(box).count)
    for number, share in ((0, 1.0),) if groups is None else ((0, 2 / 3), (1, 1 / 3)):
        kernel = KERNELS[space.name][number]
        shown = np.stack([scipy.signal.convolve(i, kernel, method="direct") for i in images])
        alone = canvases(space, shown)
        found = measured_moments(alone, box).values * alone[0].size
        expected += share * found
    found = model_of(forward, box, x, 0.1)
    np.testing.assert_allclose(found, 0.1 / window.size * expected, rtol=1e-9, atol=1e-12)
    bare = model_of(ForwardModel(space), box, x, 0.1)
    assert np.linalg.norm(bare - found) > 0.05 * np.linalg.norm(found)


def test_derivatives_are_those_of_the_residual(space: Space) -> None:
    forward, box, rng = filtered(space, np.array([0, 1])), space.window, np.random.default_rng(2)
    count = lags(box).count
    problem = MomentProblem(forward, box, np.zeros(count), np.ones(count))
    theta = np.append(space.random(rng), np.log(0.1))
    direction = rng.standard_normal(len(theta))
    ends = [problem.residual(theta + step * direction) for step in (1e-4, -1e-4)]
    np.testing.assert_allclose(
        problem.jacobian(theta) @ direction, (ends[0] - ends[1]) / 2e-4, rtol=1e-5, atol=1e-7
    )


def test_a_start_has_the_energy_behind_the_filters(space: Space) -> None:
    x, (poses, shares) = space.random(np.random.default_rng(3)), space.quadrature()
    bare = ForwardModel(space)
    assert before_filters(x, bare) is x
    forward = filtered(space)
    scaled = forward.project(before_filters(x, forward), poses)
    energy = shares @ np.sum(space.project(x, poses) ** 2, axis=1)
    assert shares @ np.sum(scaled**2, axis=1) == pytest.approx(energy)


SIZES = {"line": (6, 6000, 4.0, 0.2), "disc": (5, 160, 20.0, 0.06)}


def measured(
    forward: ForwardModel, micrographs: int = 1, seed: int = 3, colour: float = 0.0
) -> tuple[Measurement, np.ndarray]:
    """A simulated measurement, and the truth."""
    space = forward.space
    length, size, snr, density = SIZES[space.name]
    recipe = Recipe(
        space=space.name, window=length, size=size, snr=1.0, density=density, seed=seed,
        micrographs=micrographs,
    )  # fmt: skip
    scene, rng = expanded(recipe, forward), np.random.default_rng(seed)
    clean = np.stack([np.concatenate(list(scene.blocks(m, size))) for m in range(micrographs)])
    sigma = float(np.sqrt(scene.power / snr))
    white = rng.standard_normal(clean.shape)
    noise = np.stack([correlated(w, colour, None) for w in white]) if colour else white
    return Measurement(clean + sigma * noise, space, sigma, forward=forward), scene.truth["x"]


@pytest.fixture(params=["line", "disc"])
def bare(request: pytest.FixtureRequest) -> ForwardModel:
    return ForwardModel(make_space(request.param, SIZES[request.param][0]))


def error(measurement: Measurement, truth: np.ndarray, n_init: int = 2) -> float:
    *_, found = autocorrelation(measurement, np.random.default_rng(0), n_init=n_init)
    return errors(measurement.space, found.x, truth)["error"]


def test_a_mask_and_a_background_cost_what_they_hide(bare: ForwardModel) -> None:
    """Without the forward model that knows of them there is no estimate to speak of."""
    measurement, truth = measured(bare)
    known = np.random.default_rng(5).uniform(size=measurement.samples.shape) < 0.9
    known[:, :15] = False
    spoilt = np.where(known, measurement.samples + 2, 40.0)
    whole = error(measurement, truth)
    forward = replace(bare, measured=known, background=2.0)
    assert error(replace(measurement, samples=spoilt, forward=forward), truth) < whole + 0.06
    assert error(replace(measurement, samples=spoilt), truth, n_init=1) > whole + 0.2


def test_a_background_is_the_same_as_none(bare: ForwardModel) -> None:
    measurement, _ = measured(bare)
    above = replace(
        measurement, samples=measurement.samples + 2, forward=replace(bare, background=2.0)
    )
    box = bare.space.window
    one, two = (moment_problem(each, box, "covariance") for each in (measurement, above))
    np.testing.assert_allclose(two.target, one.target, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(two.weights, one.weights, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("groups", [None, np.array([0, 1, 0])], ids=["one", "two"])
def test_filters_are_undone(bare: ForwardModel, groups: np.ndarray | None) -> None:
    measurement, truth = measured(filtered(bare.space, groups), 3)
    *_, found = autocorrelation(measurement, np.random.default_rng(0), n_init=2)
    assert errors(bare.space, found.x, truth)["error"] < 0.1
    assert found.density == pytest.approx(SIZES[bare.space.name][3], rel=0.1)
    assert error(replace(measurement, forward=bare), truth) > 0.2


def test_noise_that_was_whitened_is_as_good_as_white(bare: ForwardModel) -> None:
    """By the kernel in the forward model; coloured noise by itself spoils the moments."""
    white, truth = measured(bare, 2)
    coloured, _ = measured(bare, 2, colour=0.6)
    kernel = whitening_kernel(0.6, bare.space.window.ndim)
    known = np.ones(coloured.samples.shape, dtype=bool)
    known[:, :1] = known[..., :1] = False  # what was before the first samples is not known
    samples = np.stack(
        [scipy.signal.convolve(y, kernel, mode="same", method="direct") for y in coloured.samples]
    )
    forward = replace(bare, filters=(Convolution(kernel),), measured=known)
    whitened = replace(coloured, samples=samples, forward=forward)
    assert error(whitened, truth) < error(white, truth) + 0.05
    assert error(coloured, truth, n_init=1) > error(white, truth) + 0.1


def test_what_is_not_measured_is_never_read(bare: ForwardModel) -> None:
    measurement, _ = measured(bare)
    known = np.random.default_rng(5).uniform(size=measurement.samples.shape) < 0.9
    forward, found = replace(bare, measured=known), []
    for value in (0.0, np.nan):
        spoilt = np.where(known, measurement.samples, value)
        masked = replace(measurement, samples=spoilt, forward=forward)
        found.append(next(islice(autocorrelation(masked, np.random.default_rng(0)), 1)))
    assert np.array_equal(found[0].x, found[1].x)


@pytest.mark.parametrize(
    ("name", "spacing", "named"),
    [("ball", "well-separated", "'ball'"), ("disc", "arbitrary", "'arbitrary'")],
)
def test_filters_of_volumes_and_of_copies_that_touch_are_declined(
    name: str, spacing: str, named: str
) -> None:
    space, kernel = make_space(name, 5), KERNELS["disc"][0]
    forward = ForwardModel(space, (Convolution(kernel),), background=1.0)
    measurement = Measurement(np.zeros((40, 40)), space, 1.0, spacing, forward)
    with pytest.raises(InputError, match=f"a filter for autocorrelation of space.*{named}"):
        check_carried("autocorrelation", autocorrelation, measurement)
    mask = np.ones((1, 40, 40), dtype=bool)
    plain = replace(measurement, forward=ForwardModel(space, background=1.0, measured=mask))
    check_carried("autocorrelation", autocorrelation, plain)


def test_masked_volumes_have_the_invariants_of_whole_ones() -> None:
    """Within what the mask hides; nothing of it where it hides nothing."""
    space, rng = make_space("ball", 5, "degree:1"), np.random.default_rng(1)
    samples = rng.standard_normal((120, 120)) + 1
    whole = Measurement(samples, space, 1.0)
    known = rng.uniform(size=(1, 120, 120)) < 0.9
    every = replace(whole, forward=ForwardModel(space, measured=np.ones_like(known)))
    some = replace(whole, forward=ForwardModel(space, measured=known))
    one, two, three = (moment_problem(m, space.window, "count") for m in (whole, every, some))
    assert np.array_equal(one.target, two.target)
    weighed = [problem.weights @ problem.target for problem in (one, three)]
    assert 0 < np.linalg.norm(weighed[1] - weighed[0]) < 0.1 * np.linalg.norm(weighed[0])


@pytest.mark.parametrize("kernel", [[0, 1, -0.6], [0.2, -0.5, 1, -0.5, 0.3]], ids=["3", "5"])
def test_lags_that_reach_a_neighbour_are_hardly_off(kernel: list[float]) -> None:
    """Second moments of a clean measurement are the model's up to the lag L - 2m, exactly; what
    neighbours add beyond is not in the model, about a hundredth of the power at density .2.
    """
    space, size = make_space("line", 6), 20_000
    forward = ForwardModel(space, (Convolution(np.array(kernel)),))
    recipe = Recipe(space="line", window=6, size=size, snr=1.0, density=0.2, seed=1)
    scene, geometry = expanded(recipe, forward), lags(space.window)
    y = np.concatenate(list(scene.blocks(0, size))).astype(float)
    density = len(scene.placement.corners) * 6 / size
    found = measured_moments(y[None], space.window).values
    model = model_of(forward, space.window, scene.truth["x"], density)
    off = np.abs(found - model)[1 : 1 + len(geometry.lags)] / model[1]
    exact = geometry.lags[:, 0] < 6 - 2 * forward.margin
    assert np.all(off[exact] < 1e-5)
    assert 1e-3 < off[~exact].max() < 0.02
