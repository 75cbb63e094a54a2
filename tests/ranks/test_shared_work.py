"""Several ranks find what one finds: EM in all its phases, moments, bounds."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtdbench.errors import InputError
from mtdbench.estimators.autocorrelation.autocorrelation import autocorrelation
from mtdbench.estimators.characteristic.characteristic import characteristic
from mtdbench.estimators.em.em import em
from mtdbench.estimators.em.problem import make_problem
from mtdbench.estimators.tested_estimator import held_against_noise
from mtdbench.evaluate.cramer_rao import patch_bound
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.moments.characteristic_function import measured_characteristic
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.tile_sums import Tiling
from mtdbench.ranks.communicator import ONE_RANK, Ranks
from mtdbench.spaces import Window, make_space

InRanks = Callable[..., list[Any]]
CASES = {
    "line": (("line", 6), 1200, 0.3),
    "pairs": (("line", 5), 1200, 0.3),
    "disc": (("disc", 5), 120, 0.1),
    "ball": (("ball", 5, "degree:2"), 80, 0.1),
}
SMALL_BLOCKS = {"fused": FusedPass(block_logits=2**10), "by shift": PassByShift(2**8, (4, 32))}


@pytest.fixture(scope="module", params=list(CASES))
def case(request: pytest.FixtureRequest, simulate: Callable[..., Any]) -> Measurement:
    """A small measurement of a space; sigma is to be estimated."""
    space, size, density = CASES[request.param]
    spacing = "arbitrary" if request.param == "pairs" else "well-separated"
    return simulate(make_space(*space), size, 2.0, density, 3, spacing=spacing).without_sigma


def fitted(measurement: Measurement, ranks: Ranks = ONE_RANK, **options: Any) -> list[Any]:
    """All estimates of EM, in single precision."""
    settings = {"n_init": 2, "precision": "single", "iterations": 5, **options}
    return list(em(measurement, np.random.default_rng(5), ranks=ranks, **settings))


def assert_same(alone: list[Any], shared: list[Any], tolerance: float) -> None:
    assert len(shared) == len(alone)
    for one, two in zip(alone, shared, strict=True):
        np.testing.assert_allclose(two.x, one.x, rtol=0, atol=tolerance * np.abs(one.x).max())
        assert (two.iterations, two.converged) == (one.iterations, one.converged)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_em_finds_the_same_iterates(case: Measurement, share: float, in_ranks: InRanks) -> None:
    """Volumes by frequency marching first, then full-batch or stochastic EM."""
    alone = fitted(case, batch_fraction=share)
    for shared in in_ranks(2, lambda ranks: fitted(case, ranks, batch_fraction=share)):
        assert_same(alone, shared, 1e-6)


def test_accelerated_em_ends_at_the_same_place(image: Any, in_ranks: InRanks) -> None:
    """In double precision to the end; in single the last steps follow its rounding."""
    options = {"precision": "double", "iterations": 60}
    alone = fitted(image.without_sigma, **options)
    assert alone[-1].converged
    for shared in in_ranks(2, lambda ranks: fitted(image.without_sigma, ranks, **options)):
        assert_same(alone, shared, 1e-9)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_crowded_patches_are_shared(simulate: Any, share: float, in_ranks: InRanks) -> None:
    data = simulate(make_space("disc", 3), 60, 5.0, 0.4, 3, spacing="arbitrary")
    options = {"prior": "crowded", "n_init": 1, "batch_fraction": share, "poses": 4}
    alone = fitted(data.without_sigma, **options)
    for shared in in_ranks(2, lambda ranks: fitted(data.without_sigma, ranks, **options)):
        assert_same(alone, shared, 1e-4)


def test_the_test_against_noise_is_shared(case: Measurement, in_ranks: InRanks) -> None:
    x = case.space.random(np.random.default_rng(1))

    def held(ranks: Ranks = ONE_RANK) -> list[Any]:
        own = iter([Estimate(x, density=0.1)])
        return list(held_against_noise(own, case, np.random.default_rng(5), ranks))

    alone = held()
    for shared in in_ranks(2, held):
        assert_same(alone, shared, 1e-6)
        assert shared[-1].evidence == pytest.approx(alone[-1].evidence, rel=1e-4)
        assert shared[-1].found == alone[-1].found
        if not alone[-1].found:
            assert shared[-1].sigma == pytest.approx(alone[-1].sigma, rel=1e-6)


def test_shift_annealing_finds_the_same_iterates(signal: Any, in_ranks: InRanks) -> None:
    options = {"shift_annealing": True, "n_init": 1, "anderson_memory": 0}
    alone = fitted(signal.measurement, **options)
    for shared in in_ranks(2, lambda ranks: fitted(signal.measurement, ranks, **options)):
        assert_same(alone, shared, 1e-6)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", list(SMALL_BLOCKS))
def test_a_step_in_many_blocks_is_the_same(
    image: Any, name: str, size: int, in_ranks: InRanks
) -> None:
    """Whole blocks are shared, so that single precision rounds alike."""

    def stepped(ranks: Ranks) -> np.ndarray:
        arguments = image.measurement, 8, "free", 1, "single"
        problem = make_problem(*arguments, patch_pass=SMALL_BLOCKS[name], ranks=ranks)
        ((_, source),) = problem.operator.sources
        assert ranks.size == 1 or 0 < len(source) < problem.count
        start = problem.random_start(np.random.default_rng(0))
        following, objective = problem.operator.step(start)
        return np.concatenate([following.x, following.prior, [objective]])

    expected = stepped(ONE_RANK)
    for found in in_ranks(size, stepped):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("size", [2, 4])
def test_whole_signals_are_shared(signal: Any, size: int, in_ranks: InRanks) -> None:
    """Each is the work of one rank; of more ranks than signals some have nothing to do."""
    measurement = replace(signal.measurement, samples=signal.measurement.samples.reshape(3, -1))
    options = {"likelihood": "exact", "precision": "auto", "iterations": 1}
    alone = fitted(measurement, **options)
    for shared in in_ranks(size, lambda ranks: fitted(measurement, ranks, **options)):
        assert_same(alone, shared, 1e-6)
        assert shared[-1].objective == pytest.approx(alone[-1].objective, rel=1e-9)
        np.testing.assert_allclose(shared[-1].prior, alone[-1].prior, rtol=1e-6)


@pytest.mark.parametrize("size", [2, 4])
def test_tiles_of_micrographs_are_shared(image: Any, size: int, in_ranks: InRanks) -> None:
    stack = np.stack([image.measurement.samples] * 3)
    measurement = replace(image.measurement, samples=stack)
    options = {"likelihood": "micrographs", "iterations": 1}
    alone = fitted(measurement, **options)
    for shared in in_ranks(size, lambda ranks: fitted(measurement, ranks, **options)):
        assert_same(alone, shared, 1e-5)
        assert shared[-1].objective == pytest.approx(alone[-1].objective, rel=1e-6)


def test_each_rank_reads_its_own_patches(image: Any, in_ranks: InRanks) -> None:
    """No patch twice, none left out; of those drawn too, which are the same set on all ranks."""

    def read(ranks: Ranks) -> tuple[np.ndarray, np.ndarray]:
        fused = SMALL_BLOCKS["fused"]
        problem = make_problem(image.measurement, 8, "uniform", 1, "double", 8, fused, ranks=ranks)
        found = []
        for operator in (problem.operator, problem.part(np.random.default_rng(1), 500)):
            ((_, source),) = operator.sources
            chosen = source.patches.chosen
            every = np.arange(problem.count) if chosen is None else chosen
            found.append(every[source.share.start : source.share.stop])
        return found[0], found[1]

    every, drawn = zip(*in_ranks(3, read), strict=True)
    ((all_of_them, drawn_alone),) = in_ranks(1, read)
    np.testing.assert_array_equal(np.concatenate(every), all_of_them)
    np.testing.assert_array_equal(np.concatenate(drawn), drawn_alone)


def test_several_optics_groups_and_ranks_without_a_patch(
    simulate: Callable[..., Any], in_ranks: InRanks
) -> None:
    space = make_space("line", 6)
    samples = np.stack(
        [simulate(space, 400, 2.0, 0.2, seed).measurement.samples for seed in (1, 2)]
    )
    filters = Convolution(np.array([1.0])), Convolution(np.array([0.5]))
    forward = ForwardModel(space, filters=filters, groups=np.array([0, 1]))
    measurement = Measurement(samples, space, 0.5, forward=forward)
    alone = fitted(measurement, n_init=1)
    for shared in in_ranks(4, lambda ranks: fitted(measurement, ranks, n_init=1)):
        assert_same(alone, shared, 1e-6)


def test_moments_do_not_depend_on_the_ranks(image: Any, in_ranks: InRanks) -> None:
    stack, window = image.measurement.stack, Window.cube(3, 2)
    some = np.random.default_rng(1).uniform(size=stack.shape) < 0.9
    for tiling, mask in product((Tiling(tiles=64), Tiling(tiles=64, most=10)), (None, some)):
        measure = partial(measured_moments, stack, window, tiling, measured=mask)
        one = measure()
        for two in in_ranks(3, lambda ranks, m=measure: m(ranks=ranks)):
            np.testing.assert_array_equal(two.values, one.values)
            np.testing.assert_array_equal(two.tiles, one.tiles)


def test_characteristic_functions_do_not_depend_on_the_ranks(image: Any, in_ranks: InRanks) -> None:
    window = image.space.window
    frequencies = np.random.default_rng(2).normal(size=(7, window.size))
    arguments = image.measurement.stack, window, frequencies, 10**6
    one = measured_characteristic(*arguments)
    for two in in_ranks(2, lambda ranks: measured_characteristic(*arguments, ranks=ranks)):
        np.testing.assert_array_equal(two.values, one.values)
        np.testing.assert_array_equal(two.tiles, one.tiles)


@pytest.mark.parametrize("estimator", [autocorrelation, characteristic])
def test_fits_of_moments_are_the_same(signal: Any, estimator: Any, in_ranks: InRanks) -> None:
    def fit(ranks: Ranks) -> np.ndarray:
        estimates = estimator(signal.measurement, np.random.default_rng(0), ranks=ranks, n_init=2)
        return np.array([estimate.x for estimate in estimates])

    one = fit(ONE_RANK)
    for two in in_ranks(2, fit):
        np.testing.assert_array_equal(two, one)


def test_bounds_are_the_same(signal: Any, in_ranks: InRanks) -> None:
    def bound(ranks: Ranks) -> tuple[float, float]:
        forward, samples = signal.measurement.forward, signal.measurement.samples
        rng = np.random.default_rng(0)
        found = patch_bound(forward, signal.truth, samples, 0.2, 1.0, False, rng, ranks)
        return found.error, found.uncertainty

    for two in in_ranks(3, bound):
        assert two == pytest.approx(bound(ONE_RANK), rel=1e-10)


def test_init_by_another_estimator_is_the_same(signal: Any, in_ranks: InRanks) -> None:
    options = {"init": "autocorrelation", "iterations": 2}
    alone = fitted(signal.without_sigma, **options)
    for shared in in_ranks(2, lambda ranks: fitted(signal.without_sigma, ranks, **options)):
        assert_same(alone, shared, 1e-6)


def test_nan_is_found_on_any_rank(tmp_path: Path, in_ranks: InRanks) -> None:
    samples = np.zeros(2**23)
    samples[-1] = np.nan
    np.save(tmp_path / "y.npy", samples)
    space = make_space("line", 5)

    def load(ranks: Ranks) -> bool:
        path = tmp_path / "y.npy"
        with pytest.raises(InputError, match="NaN"):
            ranks.agree(lambda: Measurement.load(path, space, ranks=ranks))
        return True

    assert all(in_ranks(2, load))
