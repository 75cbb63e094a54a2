"""EM, the references and picking with copies that lie between samples."""

from dataclasses import replace
from itertools import islice, product

import numpy as np
import pytest
from scipy.special import logsumexp

from mtdbench import InputError, Measurement, make_space
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.operator import Parameters
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.references.matched_filter import matches
from mtdbench.estimators.references.oracle import oracle
from mtdbench.evaluate.relative_error import errors
from mtdbench.model.forward import ForwardModel
from mtdbench.model.fractions import Fractions
from mtdbench.model.patches import every_window
from mtdbench.picking import pick
from mtdbench.simulation import Recipe, make_dataset
from mtdbench.simulation.dataset import Dataset
from mtdbench.simulation.faults import Faults

LINE = Recipe(space="line", window=10, target="asd1", size=20_000, snr=300.0, density=0.1)
DISC = Recipe(space="disc", window=5, basis="paper", size=250, snr=100.0, density=0.05)
BALL = Recipe(
    space="ball", window=7, basis="degree:3", target="volume:shepp-logan", size=150, snr=100.0,
    density=0.1,
)  # fmt: skip
RECIPES = {"line": LINE, "disc": DISC, "ball": BALL}


@pytest.fixture(scope="module", params=["line", "disc", "ball"])
def data(request: pytest.FixtureRequest) -> Dataset:
    """Copies anywhere between samples, with hardly any noise."""
    return make_dataset(replace(RECIPES[request.param], faults=Faults(fractions=1)))


def bias(data: Dataset, subsamples: int, iterations: int = 6) -> float:
    """How far EM goes from the truth."""
    measurement, poses = data.measurement, 48 if data.space.place_is_free else None
    problem = make_problem(
        measurement, poses, "uniform", 1, "double", memory=0, subsamples=subsamples
    )
    start = Parameters(data.truth, problem.prior(data.facts["density"]), measurement.sigma)
    (*_, last) = islice(problem.iterate(problem.operator, start), iterations)
    return errors(data.space, last.parameters.x, data.truth)["error"]


@pytest.mark.parametrize("data", ["line", "disc"], indirect=True)
def test_the_bias_of_em_falls_below_a_quarter(data: Dataset) -> None:
    without, with_fractions = bias(data, 1), bias(data, 3)
    assert without > 0.05
    assert with_fractions < without / 4


@pytest.mark.parametrize("data", ["ball"], indirect=True)
def test_fractions_help_volumes_whose_poses_limit_them_too(data: Dataset) -> None:
    assert bias(data, 2, 3) < 0.7 * bias(data, 1, 3)


def test_em_from_random_starts_finds_a_signal_between_samples() -> None:
    data = make_dataset(replace(LINE, size=10_000, snr=20.0, faults=Faults(fractions=1)))
    found = {}
    for q in (1, 3):
        (*_, last) = em(data.measurement, np.random.default_rng(0), n_init=2, subsamples=q)
        found[q] = errors(data.space, last.x, data.truth)["error"]
        assert last.density == pytest.approx(data.facts["density"], rel=0.05)
    assert found[3] < found[1] / 2


def test_the_likelihood_is_the_sum_over_shifts_poses_and_fractions() -> None:
    """By enumeration, of a few patches."""
    space, rng = make_space("line", 3, "classes:2"), np.random.default_rng(2)
    x, sigma, q = space.random(rng), 0.7, 2
    y = rng.standard_normal(5 * 4)  # patches of the window and a sample on each side
    problem = make_problem(Measurement(y, space, sigma), None, "uniform", 1, "double", subsamples=q)
    prior = problem.prior(0.2)
    ((_, statistics),) = problem.operator.expectation(Parameters(x, prior, sigma))
    forward = ForwardModel(space, fractions=Fractions(nodes=q))
    templates = forward.project(x, forward.poses(2))
    assert templates.shape == (4, 5)
    total = 0.0
    for patch in y.reshape(-1, 5):
        terms = [np.log(prior[-1]) - np.sum(patch**2) / (2 * sigma**2)]
        for (s, shift), template in product(enumerate(range(-4, 5)), templates):
            seen = np.zeros(5)
            for place in range(5):
                if 0 <= place - shift < 5:
                    seen[place] = template[place - shift]
            square = np.sum((patch - seen) ** 2) / (2 * sigma**2)
            terms.append(np.log(prior[s] / len(templates)) - square)
        total += logsumexp(terms) - 5 / 2 * np.log(2 * np.pi * sigma**2)
    assert statistics.loglik == pytest.approx(total, rel=1e-10)


def test_windows_have_the_mean_that_the_model_has(data: Dataset) -> None:
    """Where copies lie: the mean over all poses and a fine grid of fractions."""
    forward = ForwardModel(data.space, fractions=Fractions(nodes=8))
    alone, shares = data.space.quadrature()
    fractions = forward.grid_fractions
    poses = np.concatenate(
        [np.tile(alone, (len(fractions), 1)), np.repeat(fractions, len(alone), axis=0)], axis=1
    )
    weights = np.tile(shares, len(fractions)) / len(fractions)
    images = forward.project(data.truth, poses)
    told, (y,) = data.placement, data.measurement.stack
    padded = np.pad(y, forward.margin)
    (windows,) = every_window(padded[None], forward.support)
    seen = windows[tuple(told.corners.T)].reshape(len(told.corners), -1)
    deviation = seen.std(axis=0) / np.sqrt(len(seen))
    assert np.all(np.abs(seen.mean(axis=0) - weights @ images) < 5 * deviation + 1e-3)


def test_the_oracle_uses_fractions_and_amplitudes_that_it_is_told(data: Dataset) -> None:
    recipe = RECIPES[data.space.name]
    spoilt = make_dataset(replace(recipe, snr=1e8, faults=Faults(fractions=1, amplitudes=0.5)))
    told = spoilt.placement
    found = {}
    for name, placement in {
        "all": told,
        "no fractions": replace(told, fractions=None),
        "no amplitudes": replace(told, amplitudes=None),
    }.items():
        (last,) = oracle(spoilt.measurement, np.random.default_rng(0), placement=placement)
        found[name] = errors(spoilt.space, last.x, spoilt.truth)["error"]
    assert found["all"] < 1e-3
    assert found["no fractions"] > 20 * found["all"]
    assert found["no amplitudes"] > 20 * found["all"]


@pytest.mark.parametrize("name", ["line", "disc"])
def test_the_matched_filter_finds_the_nearest_fractions(name: str) -> None:
    data = make_dataset(replace(RECIPES[name], faults=Faults(fractions=1)))
    count = len(data.placement.corners)
    found = matches(data.measurement, data.truth, count, 32, subsamples=4)
    assert found.fractions is not None
    mine = found.corners + found.fractions
    true = data.placement.corners + data.placement.fractions
    distance = np.abs(mine[:, None] - true).max(axis=2).min(axis=0)
    assert np.mean(distance < 0.2) > 0.9
    whole = matches(data.measurement, data.truth, count, 32)
    assert whole.fractions is None
    at_samples = np.abs(whole.corners[:, None] - true).max(axis=2).min(axis=0)
    assert np.median(distance) < np.median(at_samples) / 2


def test_picking_between_samples_explains_more() -> None:
    data = make_dataset(replace(LINE, faults=Faults(fractions=1)))
    whole, between = (pick(data.measurement, data.truth, subsamples=q) for q in (1, 3))
    assert whole.loglik / whole.window.size < between.loglik / (between.window.size + 2)
    assert between.margin == 1
    with pytest.raises(InputError, match="subsamples 0: expected at least 1"):
        pick(data.measurement, data.truth, subsamples=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subsamples": 0}, "option subsamples=0 of em: expected"),
        ({"subsamples": 2, "prior": "pairs"}, "option subsamples=2 of em with prior 'pairs'"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, object], message: str) -> None:
    measurement = Measurement(np.random.default_rng(0).standard_normal(300), make_space("line", 5))
    with pytest.raises(InputError, match=message):
        next(em(measurement, np.random.default_rng(0), **options))


def test_signals_under_arbitrary_spacing_have_no_pairs_between_samples() -> None:
    y = np.random.default_rng(0).standard_normal(300)
    measurement = Measurement(y, make_space("line", 5), 1.0, "arbitrary")
    estimates = em(measurement, np.random.default_rng(0), n_init=1, subsamples=2, iterations=2)
    (*_, last) = estimates
    assert last.pairs is None
    (*_, last) = em(measurement, np.random.default_rng(0), n_init=1, iterations=2)
    assert last.pairs is not None


def test_one_fraction_is_the_model_as_it_is() -> None:
    forward = ForwardModel(make_space("disc", 5))
    assert forward.between_samples(1) is forward
    assert np.array_equal(forward.poses(7), forward.space.poses(7))
    rotated, drawn = forward.between_samples(2), np.random.default_rng(1)
    poses = rotated.randomly_rotated_poses(rotated.poses(3), drawn)
    assert np.array_equal(poses[:, 1:], rotated.poses(3)[:, 1:])
    assert np.all(poses[:, 0] > rotated.poses(3)[:, 0])
    grid = Fractions(nodes=3).grid(2)
    assert np.array_equal(np.unique(grid), np.array([-1, 0, 1]) * grid.max())
    assert np.allclose(grid.sum(axis=0), 0)
