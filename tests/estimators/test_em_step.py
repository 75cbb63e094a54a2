"""One step of EM against the papers' formulas, and the law that the likelihood never decreases."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mtdbench.estimators.em.step import Parameters, Task, iterate

from mtdbench.estimators.em import step
from mtdbench.estimators.em.prior import Prior, uniform_prior
from mtdbench.estimators.random_start import random_start
from mtdbench.likelihood import e_step
from mtdbench.likelihood.e_step import Source
from mtdbench.model.patches import Patches
from mtdbench.spaces import Space, make_space

SPACES = [("line", 4, "auto", 1), ("disc", 3, "count:6", 2), ("ball", 5, "degree:2", 12)]
PASSES = {"fused": np.inf, "shiftwise": 0}  # the size from which a pass goes shift by shift
SOLVERS = {"dense": np.inf, "iterated": 0}  # the coefficients up to which a matrix is formed


@pytest.fixture(params=SPACES, ids=str)
def setting(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Space, np.ndarray]:
    monkeypatch.setattr(e_step, "CHUNK_SAMPLES", 2**8)
    *names, count = request.param
    space = make_space(*names)
    return space, space.poses(count)


@pytest.fixture(params=PASSES)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both passes over the patches, whatever the size of the case."""
    monkeypatch.setattr(e_step, "LARGE", PASSES[request.param])


@pytest.fixture(params=SOLVERS)
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both solutions of the M-step, whatever the size of the case."""
    monkeypatch.setattr(step, "DENSE", SOLVERS[request.param])


def example(space: Space, prior: Prior, patches: int = 12) -> tuple[np.ndarray, Parameters]:
    """A measurement of that many patches, and parameters."""
    rng, ndim = np.random.default_rng(7), space.window.ndim
    views = (2 * space.window - 1) ** ndim + 1
    rho = uniform_prior(0.4, views) if prior == "uniform" else rng.dirichlet(np.ones(views))
    shape = (patches * space.window,) + (space.window,) * (ndim - 1)
    samples = rng.standard_normal(shape)
    image = space.project(space.random(rng), space.random_poses(rng, 1))[0]
    for t in range(0, shape[0] - space.window, 2 * space.window + 1):
        samples[t : t + space.window] += 2 * image.reshape((space.window,) * ndim)
    return samples, Parameters(space.random(rng), rho, 0.8)


@pytest.fixture(scope="module")
def by_loops(brute_force: SimpleNamespace) -> Callable[[Space, int, Prior], Any]:
    """The step of `example` by explicit loops, done once for all that is compared with it."""

    @cache
    def step(space: Space, count: int, prior: Prior) -> Any:
        samples, start = example(space, prior)
        return brute_force.em_step(
            samples.reshape(-1, *space.window.shape),
            space.operator(space.poses(count)),
            *(start.x, start.prior, start.sigma, prior == "uniform"),
        )

    return step


@pytest.mark.usefixtures("way", "solver")
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_a_step_equals_the_loops(
    setting: tuple[Space, np.ndarray],
    prior: Prior,
    learn_sigma: bool,
    dtype: type,
    tolerance: float,
    by_loops: Callable[[Space, int, Prior], Any],
) -> None:
    space, poses = setting
    samples, start = example(space, prior)
    source = Source.of(Patches(samples, space.window), dtype)
    expected = by_loops(space, len(poses), prior)
    found, objective = Task(space, poses, source, prior, learn_sigma).step(start)
    for left, right in [(found.x, expected.x), (found.prior, expected.prior)]:
        assert np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right)
    assert objective * len(source) == pytest.approx(expected.loglik, rel=tolerance)
    assert found.sigma == pytest.approx(expected.sigma if learn_sigma else 0.8, rel=tolerance)
    assert np.sum(found.prior) == pytest.approx(1, rel=tolerance)


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_packed_parameters_are_the_same(
    setting: tuple[Space, np.ndarray], prior: Prior, learn_sigma: bool
) -> None:
    space, poses = setting
    samples, start = example(space, prior)
    task = Task(
        space, poses, Source.of(Patches(samples, space.window), np.float64), prior, learn_sigma
    )
    packed = task.pack(start, 3.0)
    back = task.unpack(packed, 3.0, start)
    np.testing.assert_allclose(back.x, start.x, rtol=1e-14)
    np.testing.assert_allclose(back.prior, start.prior, rtol=1e-13)
    assert back.sigma == pytest.approx(start.sigma, rel=1e-14)
    # Whatever an extrapolation makes of it, the prior is one.
    wild = task.unpack(packed + np.random.default_rng(0).standard_normal(len(packed)), 3.0, start)
    assert np.all(wild.prior >= 0)
    assert np.sum(wild.prior) == pytest.approx(1)
    assert wild.sigma > 0


@pytest.mark.usefixtures("way", "solver")
@pytest.mark.parametrize("depth", [0, 8])
@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_the_likelihood_never_decreases(
    setting: tuple[Space, np.ndarray], prior: Prior, learn_sigma: bool, depth: int
) -> None:
    space, poses = setting
    samples, start = example(space, prior, 250)
    source = Source.of(Patches(samples, space.window), np.float64)
    task = Task(space, poses, source, prior, learn_sigma)
    states = list(islice(iterate(task, start, depth), 40))
    values = np.array([state.objective for state in states])
    assert np.all(np.diff(values) >= -1e-13 * np.abs(values[0]))
    assert values[-1] > values[0] + 0.01
    assert states[-1].iteration >= len(states)
    last = states[-1].parameters  # the M-step's result is no worse than what went into it
    assert task.expectation(last).loglik / len(source) >= values[-1] - 1e-12


@pytest.fixture(params=[2, 5])
def two_copies(request: pytest.FixtureRequest) -> tuple[Task, Parameters, np.ndarray]:
    """A task on patches that see one copy or two, parameters, and the patches."""
    rng, space = np.random.default_rng(8), make_space("line", request.param)
    truth, window = space.random(rng), space.window
    samples = 0.8 * rng.standard_normal(40 * window)
    for t in np.cumsum(rng.integers(window, 2 * window, 25)):
        samples[t : t + window] += 2 * truth
    task = Task(space, space.poses(1), Source.of(Patches(samples, window), np.float64), "pairs")
    prior = task.family.rho(rng.dirichlet(np.ones(window + 1)))
    return task, Parameters(space.random(rng), prior, 0.8), samples.reshape(-1, window)


@pytest.mark.parametrize("learn_sigma", [False, True])
def test_a_step_with_two_copies_equals_the_loops(
    two_copies: tuple[Task, Parameters, np.ndarray],
    learn_sigma: bool,
    brute_force: SimpleNamespace,
) -> None:
    task, start, patches = two_copies
    expected = brute_force.pair_step(patches, start.x[None], start.prior, start.sigma)
    found, objective = replace(task, learn_sigma=learn_sigma).step(start)
    assert objective * len(patches) == pytest.approx(expected.loglik, rel=1e-10)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-10)
    assert found.sigma == pytest.approx(expected.sigma if learn_sigma else 0.8, rel=1e-10)
    rho = task.family.fitted(expected.views / len(patches))
    np.testing.assert_allclose(found.prior, rho, rtol=1e-8)


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("depth", [0, 8])
def test_the_likelihood_of_two_copies_never_decreases(
    two_copies: tuple[Task, Parameters, np.ndarray], depth: int, learn_sigma: bool
) -> None:
    task, start, patches = two_copies
    task = replace(task, learn_sigma=learn_sigma)
    states = list(islice(iterate(task, start, depth), 30))
    values = np.array([state.objective for state in states])
    assert np.all(np.diff(values) >= -1e-13 * np.abs(values[0]))
    assert values[-1] > values[0] + 0.01
    last = states[-1].parameters
    assert task.expectation(last).loglik / len(patches) >= values[-1] - 1e-12
    packed = task.pack(last, 3.0)
    back = task.unpack(packed, 3.0, last)
    np.testing.assert_allclose(back.prior, last.prior, atol=1e-14)
    wild = task.unpack(packed + np.random.default_rng(0).standard_normal(len(packed)), 3.0, last)
    assert np.all(wild.prior >= 0)
    assert np.sum(wild.prior) == pytest.approx(1)


def test_plain_iterations_are_steps(setting: tuple[Space, np.ndarray]) -> None:
    space, poses = setting
    samples, parameters = example(space, "free")
    task = Task(space, poses, Source.of(Patches(samples, space.window), np.float64), "free")
    for state in islice(iterate(task, parameters, 0), 3):
        parameters, objective = task.step(parameters)
        np.testing.assert_allclose(state.parameters.x, parameters.x, rtol=1e-11)
        np.testing.assert_allclose(state.parameters.prior, parameters.prior, atol=1e-13)
        assert state.objective == pytest.approx(objective, rel=1e-12)


def test_parameters_out_of_reach_are_as_unlikely_as_can_be() -> None:
    """Single precision overflows there; an extrapolation that goes so far must not be accepted."""
    space = make_space("line", 4)
    samples, start = example(space, "uniform")
    task = Task(space, space.poses(1), Source.of(Patches(samples, 4)), learn_sigma=True)
    assert task.step(replace(start, sigma=1e-25))[1] == -np.inf


def e_steps(task: Task, start: Parameters, depth: int, target: float, most: int) -> int:
    """E-steps until the log-likelihood reaches the target."""
    for state in islice(iterate(task, start, depth), most):
        if state.objective * len(task.source) >= target:
            return state.iteration
    return most


@pytest.mark.parametrize("seed", range(3))
def test_acceleration_saves_two_e_steps_of_three(seed: int, simulate: Any) -> None:
    """To within 0.01 nats of the maximum that both come to, at SNR 1/2."""
    space = make_space("line", 5)
    data = simulate(space, 10_000, 0.5, 0.25, seed)
    source = Source.of(Patches(data.measurement.samples, 5), np.float64)
    task = Task(space, space.poses(1), source)
    start = random_start(data.measurement, np.random.default_rng(5), 10)
    last = next(islice(iterate(task, start, 8), 100, None)).objective * len(source)
    plain = e_steps(task, start, 0, last - 0.01, 600)
    assert plain < 600  # they come to the same maximum
    assert e_steps(task, start, 8, last - 0.01, 600) <= plain / 3
