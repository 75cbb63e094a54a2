"""The test against noise alone, of whatever estimator: in noise nothing is found, and what is there
stays what it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators import registry
from mtdbench.estimators.declaration import Declaration, declaration_of, declare
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.held_object import fitted_beside
from mtdbench.estimators.em.null_test import LEAST_EVIDENCE
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.prior import Prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.options import all_options, read_options
from mtdbench.estimators.tested_estimator import held_against_noise, load_tested, with_null_test
from mtdbench.estimators.workload import Workload
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.spaces import Space, make_space

QUICK = {
    "autocorrelation": {"n_init": 2},
    "characteristic": {"n_init": 2, "frequencies": 100},
    "cryogan": {"n_init": 1, "steps": 200, "batch": 256},
}
NOISE = {"line": (6, 600), "disc": (5, 50)}
every_estimator = pytest.mark.parametrize("name", list(QUICK))


def noise(space: Space, size: int, seed: int, sigma: float | None = 1.0) -> Measurement:
    rng = np.random.default_rng(seed)
    return Measurement(rng.standard_normal((size,) * space.window.ndim), space, sigma)


def estimates(name: str, measurement: Measurement, **options: Any) -> list[Estimate]:
    rng = np.random.default_rng(0)
    return list(registry.load(name)(measurement, rng, **{**QUICK[name], **options}))


def verdict(measurement: Measurement, x: np.ndarray, **facts: Any) -> Estimate:
    """What the test says of an estimate with these facts."""
    rng = np.random.default_rng(0)
    *_, last = held_against_noise(iter([Estimate(x, **facts)]), measurement, rng)
    return last


@every_estimator
@pytest.mark.parametrize("case", list(NOISE))
def test_in_noise_nothing_is_found(name: str, case: str) -> None:
    window, size = NOISE[case]
    quick = {"n_init": 1, **({"steps": 25} if name == "cryogan" else {})}
    for seed in range(2):
        measurement = noise(make_space(case, window), size, seed, sigma=None if seed else 1.0)
        *_, found = estimates(name, measurement, **quick, null_test=True)
        assert found.found is False
        assert (found.density, found.x.any()) == (0, False)
        assert found.evidence < 0
        assert found.density_error is None or 0 < found.density_error <= 1
        assert found.note.startswith("nothing found: evidence ")
        assert found.sigma is None or 0.8 < found.sigma < 1.2


@every_estimator
def test_what_is_there_stays_what_it_was(name: str, data: Any) -> None:
    """Every estimate before the last, and all of the last but what the test says of it."""
    plain = estimates(name, data.measurement)
    *before, tested = estimates(name, data.measurement, null_test=True)
    assert tested.found
    assert tested.evidence > 10 * LEAST_EVIDENCE
    assert tested.note.startswith(f"{plain[-1].note}; evidence ")
    assert plain[-1].found is None
    for one, two in zip([*plain, plain[-1]], [*before, tested], strict=True):
        for fact in ("x", "density", "sigma", "objective", "converged", "density_error", "pairs"):
            np.testing.assert_array_equal(getattr(one, fact), getattr(two, fact))
    assert tested.iterations == before[-1].iterations or before[-1].iterations is None


def test_the_test_has_a_stream_of_its_own(signal: Any) -> None:
    """It neither takes from the estimator's nor depends on how much that took."""
    facts = Estimate(signal.truth, density=0.2)
    nats, states = [], []
    for seed, taken in ((0, 0), (0, 1000), (1, 0)):
        rng = np.random.default_rng(seed)
        rng.standard_normal(taken)
        before = rng.bit_generator.state
        *_, last = held_against_noise(iter([facts]), signal.measurement, rng)
        nats.append(last.evidence)
        states.append(rng.bit_generator.state == before)
    assert all(states)
    assert nats[0] == nats[1] != nats[2]


def test_the_evidence_does_not_hang_on_the_draws(simulate: Callable[..., Any]) -> None:
    """Of faint copies, where along some draws a likelihood that has fallen falls no further."""
    data = simulate(make_space("disc", 5, "paper"), 150, 1.0, 0.04, 4)
    nats = []
    for seed in range(8):
        facts, rng = Estimate(data.truth, density=0.04), np.random.default_rng(seed)
        *_, last = held_against_noise(iter([facts]), data.measurement, rng)
        nats.append(last.evidence)
    assert min(nats) > 0.6 * np.median(nats)


def test_it_says_of_an_estimate_of_em_what_em_says(data: Any) -> None:
    options = {"n_init": 2, "iterations": 100}
    rng = partial(np.random.default_rng, 0)
    *_, own = em(data.measurement, rng(), **options, null_test=True)
    *_, plain = em(data.measurement, rng(), **options)
    held = verdict(data.measurement, plain.x, density=plain.density)
    assert held.evidence == pytest.approx(own.evidence, rel=0.01)


def test_what_an_estimate_does_not_say_is_fitted(data: Any) -> None:
    """Without a density, or a sigma that anybody knows, or with ones that cannot be true."""
    full = verdict(data.measurement, data.truth, density=0.1)
    least = verdict(data.measurement, data.truth)
    assert least.evidence == pytest.approx(full.evidence, rel=0.01)
    assert (least.density, least.found) == (None, True)
    for facts in ({}, {"sigma": np.nan, "density": -1.0}):
        alone = verdict(data.without_sigma, data.truth, **facts)
        assert alone.evidence == pytest.approx(full.evidence, rel=0.05)
        assert alone.found


def test_an_object_that_is_not_there_is_nothing_whoever_says_so(data: Any) -> None:
    """Easy data, and an estimate of something else."""
    other = verdict(data.measurement, -data.truth, density=0.1)
    assert other.found is False
    assert verdict(data.measurement, 0 * data.truth, density=0.1).found is False


def test_volumes_and_signals_that_may_touch_are_tested_too(simulate: Callable[..., Any]) -> None:
    touching = simulate(make_space("line", 5), 5000, 5.0, 0.5, 0, spacing="arbitrary")
    volume = simulate(make_space("ball", 5, "degree:2"), 60, 10.0, 0.1, 0)
    for data in (touching, volume):
        assert verdict(data.measurement, data.truth, density=0.1).found
        spacing = data.measurement.spacing
        silent = replace(noise(data.space, 80 if data is volume else 3000, 1), spacing=spacing)
        assert verdict(silent, data.truth / data.measurement.sigma).found is False


def test_a_wide_signal_is_tested_without_pairs() -> None:
    """There would be too many."""
    silent = replace(noise(make_space("line", 260), 2000, 0), spacing="arbitrary")
    assert verdict(silent, np.ones(260), density=0.1).found is False


@pytest.mark.parametrize("prior", ["uniform", "free"])
def test_density_and_noise_are_fitted_by_em(data: Any, prior: Prior) -> None:
    """The likelihood never decreases, x stays, and the truth is found; of no object at all sigma is
    the root mean square of the samples.
    """
    problem = make_problem(data.without_sigma, None, prior, 1, "double")
    operator, start = problem.operator, Parameters(data.truth, problem.prior(0.5), 3.0)
    levels = []
    for rounds in range(8):
        held = fitted_beside(operator, start, rounds)
        assert held.x is start.x
        levels.append(sum(s.loglik for _, s in operator.expectation(held)))
    assert (np.diff(levels) > -1e-9 * abs(levels[-1])).all()
    assert held.sigma == pytest.approx(data.measurement.sigma, rel=0.05)
    silent = fitted_beside(operator, replace(start, x=0 * start.x), 2)
    samples = np.concatenate([c for _, p in problem.patches for c in p.chunks(2**20, np.float64)])
    assert silent.sigma == pytest.approx(np.sqrt(np.mean(samples**2)))


def plain(measurement: Measurement, rng: np.random.Generator, *, size: int = 3) -> Iterator[Any]:
    """Says what it is given."""
    yield Estimate(np.ones(measurement.space.size) * size)


def test_the_option_is_the_only_change() -> None:
    declared = declare(cost=lambda workload, options: 7.0, spaces=["line"])(plain)
    tested = with_null_test(declared)
    assert list(signature(tested).parameters) == [*signature(plain).parameters, "null_test"]
    assert (tested.__name__, tested.__doc__) == (plain.__name__, plain.__doc__)
    assert declaration_of(tested).spaces == {"line"}
    assert all_options("plain", tested, {}) == {"size": 3, "null_test": False}
    workload = Workload(make_space("line", 4), 400, 0.1)
    cost, options = declaration_of(tested).cost, all_options("plain", tested, {})
    assert cost is not None
    assert cost(workload, options) == 7 < cost(workload, {**options, "null_test": True})
    measurement, rng = noise(make_space("line", 4), 400, 0), np.random.default_rng(0)
    (alone,) = tested(measurement, rng, size=2)
    assert (alone.x == 2).all()
    assert len(list(tested(measurement, rng, size=2, null_test=True))) == 2


def test_one_that_declares_no_cost_still_does_not() -> None:
    def bare(measurement, rng, *, a=1, **others):
        yield others

    tested = with_null_test(bare)
    assert declaration_of(tested) == Declaration()
    assert list(signature(tested).parameters) == ["measurement", "rng", "a", "null_test", "others"]
    assert next(iter(tested(None, None, b=2, null_test=False))) == {"b": 2}


@pytest.mark.usefixtures("plugins")
def test_whoever_is_told_nothing_is_tested() -> None:
    tested = {
        name for name in registry.names() if name not in ("no_import",)
        and "null_test" in read_options(load_tested(name))[0]
    }  # fmt: skip
    references = {"zero", "oracle", "matched-filter", "clean-moments", "declares"}
    assert tested == set(registry.names()) - references - {"no_import"}
    assert load_tested("em") is registry.load("em")
    assert load_tested("oracle") is registry.load("oracle")
