"""EM of whole signals, by their exact likelihood."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from mtdbench import Estimate, InputError, Measurement, make_space
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.exact_likelihood import VALID, exact_problem
from mtdbench.estimators.em.operator import Parameters, loglik_per_patch
from mtdbench.estimators.em.problem import EMProblem
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.separations import separations

OPTIONS: dict[str, Any] = {"likelihood": "exact", "n_init": 4}
CASES = [
    (space, spacing, prior)
    for space in ("auto", "classes:2")
    for spacing in ("well-separated", "arbitrary")
    for prior in ("uniform", "free")
]
each_case = pytest.mark.parametrize(("basis", "spacing", "prior"), CASES)


def last(measurement: Measurement, **options: Any) -> Estimate:
    *_, estimate = em(measurement, np.random.default_rng(1), **{**OPTIONS, **options})
    return estimate


@pytest.fixture(scope="module")
def easy(simulate: Callable[..., Any]) -> Any:
    """Well-separated copies that are plain to see."""
    return simulate(make_space("line", 5), 6000, 10.0, 0.3, 0)


@pytest.fixture(scope="module")
def crowded(simulate: Callable[..., Any]) -> Any:
    """Copies that fill half of the samples."""
    return simulate(make_space("line", 5), 10_000, 10.0, 0.5, 0, spacing="arbitrary")


def problem_of(simulate: Callable[..., Any], basis: str, spacing: str, prior: Any) -> EMProblem:
    data = simulate(make_space("line", 4, basis), 300, 2.0, 0.4, 0, spacing=spacing)
    return exact_problem(data.measurement, prior, memory=0)


@each_case
def test_the_likelihood_never_decreases(
    simulate: Callable[..., Any], basis: str, spacing: str, prior: Any
) -> None:
    """Of plain EM, with sigma unknown."""
    problem = problem_of(simulate, basis, spacing, prior)
    problem = replace(problem, operator=replace(problem.operator, learn_sigma=True))
    start = problem.random_start(np.random.default_rng(0))
    states = list(islice(problem.iterate(problem.operator, start), 30))
    rises = np.diff([state.objective for state in states])
    assert rises.min() > -1e-12
    assert rises[:5].min() > 1e-6
    assert states[-1].parameters.prior.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("basis", ["auto", "classes:2"])
def test_an_m_step_is_where_the_gradient_of_its_bound_is_zero(
    simulate: Callable[..., Any], basis: str
) -> None:
    """x = B_g / M_g; so a fixed point is where the likelihood is stationary, in x and in sigma."""
    problem = problem_of(simulate, basis, "arbitrary", "free")
    operator = replace(problem.operator, learn_sigma=True)
    start = problem.random_start(np.random.default_rng(2))
    problem = replace(problem, operator=operator, memory=8)
    *_, state = islice(problem.iterate(operator, start), 300)
    p, step = state.parameters, 1e-4

    def loglik(x: np.ndarray, sigma: float) -> float:
        return loglik_per_patch(operator.expectation(Parameters(x, p.prior, sigma)))

    top = loglik(p.x, p.sigma)
    for change in np.eye(len(p.x) + 1) * step:
        up, down = (loglik(p.x + s * change[:-1], p.sigma + s * change[-1]) for s in (1, -1))
        curvature = (2 * top - up - down) / step**2
        assert abs(up - down) / (2 * step) < 1e-3 * curvature


def test_signal_and_density_are_recovered(easy: Any) -> None:
    exact, patches = last(easy.measurement), last(easy.measurement, likelihood="patches")
    assert easy.error(exact.x) < 0.03
    assert easy.error(exact.x) < easy.error(patches.x)
    assert exact.density == pytest.approx(0.3, rel=0.02)
    assert exact.converged is True
    assert exact.pairs is None
    assert exact.objective * (6000 // 5) > patches.objective * (6000 // 5) + 10


@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_signal_density_and_gaps_are_recovered(crowded: Any, prior: str) -> None:
    estimate = last(crowded.measurement, prior=prior)
    xi = separations(crowded.placement.corners, crowded.space.window)
    assert crowded.error(estimate.x) < 0.03
    assert estimate.density == pytest.approx(0.5, rel=0.02)
    np.testing.assert_allclose(estimate.pairs, xi, atol=0.05)
    assert estimate.prior.sum() == pytest.approx(1)


def test_the_gaps_are_free_where_copies_are_spaced_arbitrarily(easy: Any, crowded: Any) -> None:
    kinds = [(easy, None, 2), (easy, "free", 7), (crowded, None, 7), (crowded, "uniform", 2)]
    for data, prior, count in kinds:
        assert exact_problem(data.measurement, prior).operator.family.count == count


def test_unknown_sigma_is_recovered(crowded: Any) -> None:
    estimate = last(crowded.without_sigma)
    assert estimate.sigma == pytest.approx(crowded.measurement.sigma, rel=0.02)
    assert crowded.error(estimate.x) < 0.03


def test_several_signals_are_one_measurement(easy: Any) -> None:
    parts = replace(easy.measurement, samples=easy.measurement.samples.reshape(6, 1000))
    estimate = last(parts)
    assert easy.error(estimate.x) < 0.04
    assert estimate.density == pytest.approx(0.3, rel=0.03)


def test_two_signals_are_told_apart(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("line", 5, "classes:2"), 12_000, 20.0, 0.3, 0)
    assert data.error(last(data.measurement).x) < 0.05


def test_samples_that_were_not_measured_and_a_background_are_no_trouble(easy: Any) -> None:
    measured = np.random.default_rng(0).uniform(size=(1, 6000)) > 0.2
    forward = ForwardModel(easy.space, background=3.0, measured=measured)
    samples = np.where(measured[0], easy.measurement.samples + 3, 1e6)
    estimate = last(replace(easy.measurement, samples=samples, forward=forward))
    assert easy.error(estimate.x) < 0.04
    assert estimate.density == pytest.approx(0.3, rel=0.03)


def test_copies_that_are_far_apart_are_what_is_seen_at_their_places(
    simulate: Callable[..., Any],
) -> None:
    """Where they are plain, and whatever the law of their gaps."""
    data = simulate(make_space("line", 4), 8000, 20.0, 0.03, 1)
    corners = data.placement.corners[:, 0]
    seen = data.measurement.samples[corners[:, None] + np.arange(4)].mean(axis=0)
    near = replace(data.measurement, spacing="arbitrary")
    for measurement, prior in [(data.measurement, "uniform"), (near, "free")]:
        estimate = last(measurement, prior=prior, n_init=2)
        np.testing.assert_allclose(estimate.x, seen, atol=0.02)
        assert estimate.density == pytest.approx(0.03, rel=0.005)


@pytest.mark.parametrize(
    "options",
    [
        {"n_init": 1, "anderson_memory": 0},
        {"stopping_rule": "published"},
        {"precision": "double", "batch_fraction": 1.0},
        {"init": "autocorrelation"},
    ],
    ids=str,
)
def test_it_goes_with_other_options(easy: Any, options: dict[str, Any]) -> None:
    assert easy.error(last(easy.measurement, **options).x) < 0.1


def test_it_is_held_against_noise_alone(easy: Any) -> None:
    noise = Measurement(np.random.default_rng(0).standard_normal(3000), easy.space, 1.0)
    there, nothing = (last(y, null_test=True) for y in (easy.measurement, noise))
    assert there.found is True
    assert easy.error(there.x) < 0.03
    assert nothing.found is False
    assert not nothing.x.any()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("prior", "pairs"),
        ("prior", "crowded"),
        ("n_grids", 2),
        ("batch_fraction", 0.5),
        ("subsamples", 2),
        ("shift_annealing", True),
        ("precision", "single"),
    ],
)
def test_options_of_patches_are_refused(easy: Any, option: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"option {option}=.*likelihood 'exact': expected") as e:
        last(easy.measurement, **{option: value})
    assert "\n" not in str(e.value)
    assert option in VALID


def test_images_and_filters_are_refused(image: Any, easy: Any) -> None:
    with pytest.raises(InputError, match="likelihood='exact' of em for space 'disc': expected"):
        last(image.measurement)
    blur = Convolution(np.array([0.2, 1.0, 0.2]))
    forward = ForwardModel(easy.space, (blur,))
    with pytest.raises(InputError, match="filter for em with likelihood 'exact': expected"):
        last(replace(easy.measurement, forward=forward))
    nothing = ForwardModel(easy.space, measured=np.zeros((1, 6000), dtype=bool))
    with pytest.raises(InputError, match="leaves no sample"):
        last(replace(easy.measurement, forward=nothing))


def test_a_part_is_a_segment_of_some_signals(easy: Any) -> None:
    parts = replace(easy.measurement, samples=easy.measurement.samples.reshape(6, 1000))
    problem, rng = exact_problem(parts, None), np.random.default_rng(0)
    assert problem.part(rng, problem.count) is problem.operator
    for count, shape in [(500, (3, 834)), (20, (1, 100)), (1199, (6, 1000))]:
        ((_, source),) = problem.part(rng, count).sources
        assert source.patches.stack.shape == shape
        flat = parts.samples.ravel()
        places = [
            np.flatnonzero(np.isclose(flat, row[0], rtol=0, atol=0)) for row in source.patches.stack
        ]
        for (place,), row in zip(places, source.patches.stack, strict=True):
            np.testing.assert_array_equal(flat[place : place + shape[1]], row)
