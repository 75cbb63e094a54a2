"""One step of EM against the papers' formulas, and the law that the likelihood never decreases."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators.em.iteration import iterate
from mtdbench.estimators.em.operator import (
    EMOperator,
    Parameters,
    loglik_per_patch,
    quickest_solver,
    solved_densely,
    solved_iteratively,
)
from mtdbench.estimators.em.packing import Packing
from mtdbench.estimators.em.prior import Prior, prior_family, uniform_prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.likelihood.e_step import PatchSource
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.model.filters import Convolution, Identity
from mtdbench.model.forward import ForwardModel
from mtdbench.model.patches import Patches
from mtdbench.spaces import Space, Window, make_space

SPACES = [("line", 4, "auto", 1), ("disc", 3, "count:6", 2), ("ball", 5, "degree:2", 12)]
CHUNK = 2**8  # samples: several chunks of patches, even in small cases
PASSES = {
    "fused": FusedPass(chunk_samples=CHUNK),
    "by shift": PassByShift(chunk_samples=CHUNK),
}
SOLVERS = {"dense": solved_densely, "iterated": solved_iteratively}
each_pass = pytest.mark.parametrize("patch_pass", PASSES.values(), ids=PASSES)
each_solver = pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)


@pytest.fixture(params=SPACES, ids=str)
def setting(request: pytest.FixtureRequest) -> tuple[Space, np.ndarray]:
    *names, count = request.param
    space = make_space(*names)
    return space, space.poses(count)


def operator_on(
    samples: np.ndarray,
    forward: ForwardModel,
    poses: np.ndarray,
    prior: Prior,
    *,
    learn_sigma: bool = False,
    dtype: type = np.float64,
    patch_pass: Any = PASSES["fused"],
    solver: Any = solved_densely,
) -> EMOperator:
    """The EM operator with all patches of one micrograph."""
    source = PatchSource.of(Patches(samples[None], forward.support), patch_pass, dtype)
    family = prior_family(prior, forward.support)
    return EMOperator(forward, poses, ((0, source),), family, learn_sigma, solver)


def likelihood(operator: EMOperator, parameters: Parameters) -> float:
    """The log-likelihood per patch."""
    return loglik_per_patch(operator.expectation(parameters))


def example(
    space: Space, prior: Prior, patches: int = 12, window: Window | None = None
) -> tuple[np.ndarray, Parameters]:
    """A measurement of that many patches, of the space's window or a larger one, and parameters."""
    rng, own, window = np.random.default_rng(7), space.window, window or space.window
    count = len(window.shifts) + 1
    rho = uniform_prior(0.4, count) if prior == "uniform" else rng.dirichlet(np.ones(count))
    (length, *others), cut = window.shape, own.shape[0]
    samples = rng.standard_normal((patches * length, *others))
    image = own.reshape(space.project(space.random(rng), space.random_poses(rng, 1))[0])
    for t in range(0, len(samples) - length, 2 * length + 1):
        samples[(slice(t, t + cut), *(slice(side) for side in own.shape[1:]))] += 2 * image
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


@each_pass
@each_solver
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_a_step_equals_the_loops(
    setting: tuple[Space, np.ndarray],
    prior: Prior,
    learn_sigma: bool,
    dtype: type,
    tolerance: float,
    patch_pass: Any,
    solver: Any,
    by_loops: Callable[[Space, int, Prior], Any],
) -> None:
    space, poses = setting
    samples, start = example(space, prior)
    expected = by_loops(space, len(poses), prior)
    options = {"dtype": dtype, "patch_pass": patch_pass, "solver": solver}
    operator = operator_on(
        samples, ForwardModel(space), poses, prior, learn_sigma=learn_sigma, **options
    )
    found, objective = operator.step(start)
    for left, right in [(found.x, expected.x), (found.prior, expected.prior)]:
        assert np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right)
    assert objective * 12 == pytest.approx(expected.loglik, rel=tolerance)
    sigma = expected.sigma if learn_sigma else 0.8
    # sigma^2 is a small difference of energies, and their rounding is of their own size.
    lost = max(1.0, np.mean(samples**2) / sigma**2)
    assert found.sigma == pytest.approx(sigma, rel=lost * tolerance)
    assert np.sum(found.prior) == pytest.approx(1, rel=tolerance)


def blurred(space: Space) -> ForwardModel:
    """Copies that a kernel of three samples a side, without a symmetry, has smeared out."""
    kernel = np.random.default_rng(2).uniform(0.1, 1, (3,) * space.window.ndim)
    return ForwardModel(space, (Convolution(kernel),))


@each_pass
@each_solver
@pytest.mark.parametrize("names", SPACES[:2], ids=str)
def test_a_step_with_filtered_copies_equals_the_loops(
    names: tuple[Any, ...], patch_pass: Any, solver: Any, brute_force: SimpleNamespace
) -> None:
    """Patches as wide as a filtered copy, and the matrices A P_g instead of P_g."""
    *space_names, count = names
    space = make_space(*space_names)
    forward, poses = blurred(space), space.poses(count)
    window = forward.support
    samples, start = example(space, "free", 12, window)
    expected = brute_force.em_step(
        samples.reshape(-1, *window.shape),
        forward.operator(poses),
        *(start.x, start.prior, start.sigma, False),
    )
    operator = operator_on(
        samples, forward, poses, "free", learn_sigma=True, patch_pass=patch_pass, solver=solver
    )
    found, objective = operator.step(start)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-7)
    np.testing.assert_allclose(found.prior, expected.prior, rtol=1e-9, atol=1e-14)
    assert objective * 12 == pytest.approx(expected.loglik, rel=1e-10)
    assert found.sigma == pytest.approx(expected.sigma, rel=1e-9)


@each_solver
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_optics_groups_add_up(setting: tuple[Space, np.ndarray], solver: Any, sign: float) -> None:
    """Two groups say what one says, also where the optics and the samples of one change sign."""
    space, poses = setting
    samples, start = example(space, "free")
    first, second = np.split(samples, 2)
    whole = operator_on(samples, ForwardModel(space), poses, "free", solver=solver)
    optics = (Convolution(np.full((1,) * space.window.ndim, sign)), Identity())
    sources = tuple(
        (group, PatchSource.of(Patches(half[None], space.window), PASSES["fused"], np.float64))
        for group, half in ((0, sign * first), (1, second))
    )
    split = replace(whole, forward=ForwardModel(space, optics), sources=sources)
    (one, value), (two, other) = whole.step(start), split.step(start)
    np.testing.assert_allclose(two.x, one.x, rtol=1e-7)
    np.testing.assert_allclose(two.prior, one.prior, rtol=1e-9, atol=1e-14)
    assert other == pytest.approx(value, rel=1e-12)


def test_few_coefficients_are_solved_densely() -> None:
    forward = ForwardModel(make_space("line", 8))
    assert quickest_solver(forward, dense=8) is solved_densely
    assert quickest_solver(forward, dense=7) is solved_iteratively


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_packed_parameters_are_the_same(
    setting: tuple[Space, np.ndarray], prior: Prior, learn_sigma: bool
) -> None:
    space, poses = setting
    samples, start = example(space, prior)
    operator = operator_on(samples, ForwardModel(space), poses, prior, learn_sigma=learn_sigma)
    packing = Packing(operator, start)
    packed = packing.pack(start)
    assert np.linalg.norm(packed[: space.size]) == pytest.approx(1)
    back = packing.unpack(packed)
    np.testing.assert_allclose(back.x, start.x, rtol=1e-14)
    np.testing.assert_allclose(back.prior, start.prior, rtol=1e-13)
    assert back.sigma == pytest.approx(start.sigma, rel=1e-14)
    # Whatever an extrapolation makes of it, the prior is one.
    wild = packing.unpack(packed + np.random.default_rng(0).standard_normal(len(packed)))
    assert np.all(wild.prior >= 0)
    assert np.sum(wild.prior) == pytest.approx(1)
    assert wild.sigma > 0


@each_pass
@each_solver
@pytest.mark.parametrize("memory", [0, 8])
@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_the_likelihood_never_decreases(
    setting: tuple[Space, np.ndarray],
    prior: Prior,
    learn_sigma: bool,
    memory: int,
    patch_pass: Any,
    solver: Any,
) -> None:
    space, poses = setting
    samples, start = example(space, prior, 250)
    options = {"learn_sigma": learn_sigma, "patch_pass": patch_pass, "solver": solver}
    operator = operator_on(samples, ForwardModel(space), poses, prior, **options)
    states = list(islice(iterate(operator, start, memory), 40))
    values = np.array([state.objective for state in states])
    assert np.all(np.diff(values) >= -1e-13 * np.abs(values[0]))
    assert values[-1] > values[0] + 0.01
    assert states[-1].iteration >= len(states)
    last = states[-1].parameters  # the M-step's result is no worse than what went into it
    assert likelihood(operator, last) >= values[-1] - 1e-12


TwoCopies = tuple[EMOperator, Parameters, np.ndarray]


@pytest.fixture(params=[2, 5])
def two_copies(request: pytest.FixtureRequest) -> TwoCopies:
    """An operator on patches that see one copy or two, parameters, and the patches."""
    rng, space = np.random.default_rng(8), make_space("line", request.param)
    truth, length = space.random(rng), space.length
    samples = 0.8 * rng.standard_normal(40 * length)
    for t in np.cumsum(rng.integers(length, 2 * length, 25)):
        samples[t : t + length] += 2 * truth
    operator = operator_on(samples, ForwardModel(space), space.poses(1), "pairs")
    prior = operator.family.rho(rng.dirichlet(np.ones(length + 1)))
    return operator, Parameters(space.random(rng), prior, 0.8), samples.reshape(-1, length)


@pytest.mark.parametrize("learn_sigma", [False, True])
def test_a_step_with_two_copies_equals_the_loops(
    two_copies: TwoCopies, learn_sigma: bool, brute_force: SimpleNamespace
) -> None:
    operator, start, patches = two_copies
    expected = brute_force.pair_step(patches, start.x[None], start.prior, start.sigma)
    found, objective = replace(operator, learn_sigma=learn_sigma).step(start)
    assert objective * len(patches) == pytest.approx(expected.loglik, rel=1e-10)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-10)
    assert found.sigma == pytest.approx(expected.sigma if learn_sigma else 0.8, rel=1e-10)
    rho = operator.family.fitted(expected.overlaps / len(patches))
    np.testing.assert_allclose(found.prior, rho, rtol=1e-8)


@pytest.mark.parametrize("learn_sigma", [False, True])
@pytest.mark.parametrize("memory", [0, 8])
def test_the_likelihood_of_two_copies_never_decreases(
    two_copies: TwoCopies, memory: int, learn_sigma: bool
) -> None:
    operator, start, _ = two_copies
    operator = replace(operator, learn_sigma=learn_sigma)
    states = list(islice(iterate(operator, start, memory), 30))
    values = np.array([state.objective for state in states])
    assert np.all(np.diff(values) >= -1e-13 * np.abs(values[0]))
    assert values[-1] > values[0] + 0.01
    last = states[-1].parameters
    assert likelihood(operator, last) >= values[-1] - 1e-12
    packing = Packing(operator, last)
    packed = packing.pack(last)
    np.testing.assert_allclose(packing.unpack(packed).prior, last.prior, atol=1e-14)
    wild = packing.unpack(packed + np.random.default_rng(0).standard_normal(len(packed)))
    assert np.all(wild.prior >= 0)
    assert np.sum(wild.prior) == pytest.approx(1)


def test_plain_iterations_are_steps(setting: tuple[Space, np.ndarray]) -> None:
    space, poses = setting
    samples, parameters = example(space, "free")
    operator = operator_on(samples, ForwardModel(space), poses, "free")
    for state in islice(iterate(operator, parameters, 0), 3):
        parameters, objective = operator.step(parameters)
        np.testing.assert_allclose(state.parameters.x, parameters.x, rtol=1e-11)
        np.testing.assert_allclose(state.parameters.prior, parameters.prior, atol=1e-13)
        assert state.objective == pytest.approx(objective, rel=1e-12)


def test_the_rule_of_acceptance_is_an_argument(signal: Any) -> None:
    """Where nothing accelerated is taken, the parameters are those of plain EM, at more E-steps."""
    problem = make_problem(signal.measurement, None, "uniform", 1, "double")
    start = problem.random_start(np.random.default_rng(0))
    stubborn = replace(problem, accept=lambda objective, last: False)
    plain = list(islice(replace(problem, memory=0).iterate(problem.operator, start), 6))
    refused = list(islice(stubborn.iterate(problem.operator, start), 6))
    for one, two in zip(plain, refused, strict=True):
        assert np.array_equal(one.parameters.x, two.parameters.x)
    assert refused[-1].iteration > plain[-1].iteration
    quick = list(islice(problem.iterate(problem.operator, start), 6))
    assert quick[-1].objective > plain[-1].objective


def test_parameters_out_of_reach_are_as_unlikely_as_can_be() -> None:
    """Single precision overflows there; an extrapolation that goes so far must not be accepted."""
    space = make_space("line", 4)
    samples, start = example(space, "uniform")
    options = {"learn_sigma": True, "dtype": np.float32}
    operator = operator_on(samples, ForwardModel(space), space.poses(1), "uniform", **options)
    assert operator.step(replace(start, sigma=1e-25))[1] == -np.inf


def e_steps(
    operator: EMOperator, start: Parameters, memory: int, patches: int, target: float, most: int
) -> int:
    """E-steps until the log-likelihood reaches the target."""
    for state in islice(iterate(operator, start, memory), most):
        if state.objective * patches >= target:
            return state.iteration
    return most


@pytest.mark.parametrize("seed", range(3))
def test_acceleration_saves_two_e_steps_of_three(seed: int, simulate: Any) -> None:
    """To within 0.01 nats of the maximum that both come to, at SNR 1/2."""
    data = simulate(make_space("line", 5), 10_000, 0.5, 0.25, seed)
    problem = make_problem(data.measurement, None, "uniform", 1, "double")
    start, count = problem.random_start(np.random.default_rng(5)), problem.count
    last = next(islice(problem.iterate(problem.operator, start), 100, None)).objective * count
    plain = e_steps(problem.operator, start, 0, count, last - 0.01, 600)
    assert plain < 600  # they come to the same maximum
    assert e_steps(problem.operator, start, 8, count, last - 0.01, 600) <= plain / 3
