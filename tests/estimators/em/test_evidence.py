"""The evidence: below the mixture that it bounds, rare in noise, plain on easy data."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.evidence import SCALES, Alternative, evidence_of_object
from mtdbench.estimators.em.iteration import iterate
from mtdbench.estimators.em.null_test import LEAST_EVIDENCE
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.prior import Prior
from mtdbench.estimators.em.problem import make_problem
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.spaces import Space, make_space


def noise(space: Space, size: int, seed: int, level: float = 0.0) -> Measurement:
    rng = np.random.default_rng(seed)
    return Measurement(level + rng.standard_normal((size,) * space.window.ndim), space, 1.0)


def last(measurement: Measurement, **options: object) -> Estimate:
    given = {"n_init": 2, "iterations": 100, "null_test": True, **options}
    return list(em(measurement, np.random.default_rng(0), **given))[-1]


def exact(y: np.ndarray) -> float:
    """The logarithm of the mixture's likelihood of patches of two samples, sigma 1, by sums over a
    fine grid: the scale of x, x, and the share of patches that see a copy.
    """
    grid = np.linspace(-10, 10, 81)
    x = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    shown = np.stack([x[:, 1], 0 * x[:, 0], x[:, 0], x[:, 1], 0 * x[:, 0], x[:, 0]], 1)
    shown = shown.reshape(-1, 3, 2)  # shifts -1, 0, 1
    empty = norm.logpdf(y).sum(1)
    seen = logsumexp(norm.logpdf(y[:, None, None] - shown).sum(-1), axis=-1, b=1 / 3)  # (P, x)
    shares = (np.arange(30) + 0.5) / 30
    by_share = [
        np.logaddexp(np.log(s) + seen, np.log(1 - s) + empty[:, None]).sum(0) for s in shares
    ]
    likelihood = logsumexp(by_share, axis=0) - np.log(30)
    cell = 2 * np.log(grid[1] - grid[0])
    scales = SCALES[(SCALES > 0.1) & (SCALES < 1e3)]  # narrower or wider than the grid shows
    priors = [norm.logpdf(x, scale=np.sqrt(scale)).sum(1) for scale in scales]
    total = [logsumexp(likelihood + prior) + cell for prior in priors]
    return float(logsumexp(total) - np.log(len(SCALES)))


@pytest.mark.parametrize("there", [False, True])
def test_it_bounds_the_mixture_from_below_and_nearly_reaches_it(there: bool) -> None:
    space = make_space("line", 2)
    y = np.random.default_rng(3).standard_normal((60, 2))
    if there:
        y[::3] += [2.0, 3.0]
    problem = make_problem(Measurement(y.ravel(), space, 1.0), None, "uniform", 1, "double")
    x, prior = np.array([2.0, 3.0]), np.array([0.11, 0.11, 0.11, 0.67])
    best = list(em(problem.measurement, np.random.default_rng(0)))[-1]
    values = [
        evidence_of_object(problem.operator, each, 1, np.random.default_rng(1))
        for each in (Parameters(x, prior, 1.0), Parameters(best.x, best.prior, 1.0))
    ]
    null = -len(y) * (np.log(2 * np.pi * y.var()) + 1)
    assert max(values) < exact(y) - null
    if there:
        assert max(values) > exact(y) - null - 3


@pytest.mark.parametrize("prior", ["uniform", "free", "pairs"])
def test_shares_that_are_not_known_cost_what_their_mixture_costs(prior: Prior) -> None:
    """Against a mean over draws from the simplex, with the object held as it is."""
    rng, space = np.random.default_rng(4), make_space("line", 2)
    y, x = rng.standard_normal((60, 2)), np.array([2.0, 3.0])
    y[::3] += x
    problem = make_problem(Measurement(y.ravel(), space, 1.0), None, prior, 1, "double")
    operator = problem.operator
    *_, state = islice(iterate(operator, Parameters(x, problem.prior(0.3), 1.0), 0), 20)
    fitted = state.parameters.prior
    bound = Alternative(operator, Parameters(x, fitted, 1.0), 1, y.size).loglik(x, 1.0)
    family = operator.family
    drawn = rng.dirichlet(np.ones(len(family.shares(fitted))), 400)
    logs = [
        sum(s.loglik for _, s in operator.expectation(Parameters(x, family.rho(u), 1.0)))
        for u in drawn
    ]
    mixture = logsumexp(logs) - np.log(len(logs))
    assert mixture - 2.5 < bound < mixture + 0.3  # 0.3: of the draws


def test_a_crowded_density_costs_what_its_mixture_costs(simulate) -> None:
    """Against a mean over densities, with the object held as it is."""
    data = simulate(make_space("disc", 3), 30, 3.0, 0.3, 0, spacing="arbitrary")
    crowded, sparse = (
        make_problem(data.measurement, 8, prior, 1, "double").operator
        for prior in ("crowded", "uniform")
    )
    sigma, size = data.measurement.sigma, data.measurement.samples.size
    start = Parameters(data.truth, crowded.family.at(0.3), sigma)
    *_, state = islice(iterate(crowded, start, 0), 20)
    fitted = Parameters(data.truth, state.parameters.prior, sigma)
    mixture = Alternative(crowded, fitted, 1, size)
    z, weights = np.polynomial.hermite_e.hermegauss(7)
    logs = [mixture.loglik(data.truth, sigma, each) for each in z]
    plain = Alternative(sparse, replace(fitted, prior=sparse.family.at(0.3)), 1, size)
    cost = mixture.cost(1.0) - plain.cost(1.0)
    bound = np.average(logs, weights=weights) - cost
    gammas = (np.arange(100) + 0.5) / 100
    priors = [crowded.family.rho(np.array([gamma, 1 - gamma])) for gamma in gammas]
    exact_logs = [
        sum(s.loglik for _, s in crowded.expectation(replace(fitted, prior=prior)))
        for prior in priors
    ]
    exact_log = logsumexp(exact_logs) - np.log(len(gammas))
    assert exact_log - 1 < bound < exact_log


def test_nothing_is_found_where_patches_might_be_crowded() -> None:
    silent = noise(make_space("disc", 3), 60, 0)
    found = last(silent, prior="crowded", n_init=1, iterations=20)
    assert found.found is False
    assert found.evidence < -10  # what the density costs is part of it


@pytest.mark.parametrize(("name", "window", "size"), [("line", 4, 400), ("disc", 3, 30)])
@pytest.mark.parametrize("known", [True, False])
def test_in_noise_nothing_is_found(name: str, window: int, size: int, known: bool) -> None:
    space = make_space(name, window)
    for seed in range(10):
        measurement = replace(noise(space, size, seed), sigma=1.0 if known else None)
        found = last(measurement, n_init=1, iterations=30)
        assert found.found is False
        assert (found.density, found.x.any()) == (0, False)
        assert found.density_error is None or 0 < found.density_error <= 1
        assert found.note.startswith("nothing found")


def test_nothing_is_found_in_projections_of_nothing() -> None:
    found = last(noise(make_space("ball", 5, "degree:1"), 40, 0), n_init=1, batch_fraction=1.0)
    assert found.found is False


def test_what_is_there_is_found_and_stays_what_it_was(data) -> None:
    without = last(data.measurement, null_test=False)
    found = last(data.measurement)
    assert found.evidence > 10 * LEAST_EVIDENCE
    for name in ("x", "prior", "density", "objective", "sigma", "converged", "iterations"):
        np.testing.assert_array_equal(getattr(found, name), getattr(without, name))
    assert without.evidence is None
    assert without.found is None
    assert abs(found.density - 0.2 if data.space.kind == "signal" else 0) < 4 * found.density_error
    assert last(data.without_sigma).found


def test_a_volume_is_found(simulate) -> None:
    data = simulate(make_space("ball", 5, "degree:2"), 60, 10.0, 0.1, 0)
    found = last(data.measurement, n_init=1, batch_fraction=1.0, poses=60, iterations=10)
    assert found.found
    assert 0 < found.density_error < 0.1


def test_a_level_is_no_object() -> None:
    """Noise about a constant that nobody took off: it is not what `em` looks for."""
    measurement = noise(make_space("line", 4), 2000, 0, level=0.5)
    assert last(measurement, null_test=False).density > 0.2
    assert last(measurement).found is False


def test_grids_are_a_mean_not_more_data(signal) -> None:
    """Patches of a second grid are the same samples: they add nothing to the evidence."""
    one, two = (last(signal.measurement, n_grids=grids).evidence for grids in (1, 2))
    assert two == pytest.approx(one, rel=0.2)


def test_samples_that_were_not_measured_do_not_count(signal) -> None:
    space, y = signal.space, signal.measurement.samples.copy()
    mask = np.ones((1, len(y)), dtype=bool)
    mask[:, 1000:1040] = False
    y[1000:1040] = 50
    forward = ForwardModel(space, measured=mask)
    found = last(replace(signal.measurement, samples=y, forward=forward))
    assert found.evidence == pytest.approx(last(signal.measurement).evidence, rel=0.1)


def test_signals_that_may_touch_are_tested_too(simulate) -> None:
    data = simulate(make_space("line", 5), 5000, 5.0, 0.5, 0, spacing="arbitrary")
    found = last(data.measurement)
    assert found.found
    assert found.pairs is not None
    silent = last(replace(noise(data.space, 3000, 1), spacing="arbitrary"))
    assert silent.found is False
    assert silent.pairs is None
