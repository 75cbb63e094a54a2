"""The E-step against Bayes' rule, patch by patch, shift by shift, pose by pose."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtdbench.likelihood.e_step import PatchSource, Statistics, e_step, quickest_pass
from mtdbench.likelihood.pass_by_shift import PassByShift
from mtdbench.likelihood.pass_fused import FusedPass
from mtdbench.likelihood.pass_sums import PatchPass
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window

CASES = [((4,), 1), ((5,), 3), ((3, 3), 2), ((3, 5), 2), ((4, 2), 3)]  # L_1 ... L_d, K
PARTS = ("images", "visibility", "overlaps")


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest, make_example: Callable, patch_pass: PatchPass) -> Callable:
    """A function that makes the example: `case(patches=9, sigma=.8)`."""
    shape, count = request.param
    return lambda **others: make_example(shape, count, patch_pass, **others)


def agree(found: Statistics, expected: Any, tolerance: float) -> None:
    assert found.loglik == pytest.approx(expected.loglik, rel=tolerance)
    assert found.energy == pytest.approx(expected.energy, rel=tolerance)
    for part in PARTS:
        left, right = getattr(found, part).ravel(), getattr(expected, part).ravel()
        assert np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right), part


def by_loops(example: Any, brute_force: SimpleNamespace) -> Any:
    arguments = example.patches, example.templates, example.prior, example.sigma, example.weights
    return brute_force.statistics(*arguments)


ENERGIES = {
    "as they are": (),
    "below 100": (1, 99),
    "between 60 and 100": (61, 99),
    "above 100": (101, 3000),
    "mixed": (0.1, 2000),
}


@pytest.mark.parametrize("energies", ENERGIES)
def test_statistics_equal_the_loops(
    case: Callable, energies: str, brute_force: SimpleNamespace
) -> None:
    example = case()
    if ENERGIES[energies]:
        example.with_energy(*ENERGIES[energies])
    expected = by_loops(example, brute_force)
    agree(example.e_step(), expected, 1e-10)
    # Logits of single precision are rounded by their size, and processors do it differently.
    largest = max(ENERGIES[energies], default=0)
    agree(example.e_step(np.float32), expected, 1e-5 + 1e-7 * largest)


@pytest.mark.parametrize("energies", ENERGIES)
def test_samples_that_were_not_measured_do_not_count(
    case: Callable, energies: str, brute_force: SimpleNamespace
) -> None:
    """The likelihood is that of the samples that were measured, whatever the others hold."""
    example = case()
    if ENERGIES[energies]:
        example.with_energy(*ENERGIES[energies])
    example.forget()
    expected, found = by_loops(example, brute_force), example.e_step()
    agree(found, expected, 1e-10)
    agree(example.e_step(np.float32), expected, 5e-5)  # norms are products too
    assert found.samples == np.sum(~np.isnan(example.patches)) < example.patches.size


def test_a_mask_that_leaves_everything_changes_nothing(case: Callable) -> None:
    example = case()
    source = example.source()
    masked = replace(source.patches, measured=np.ones(source.patches.stack.shape, dtype=bool))
    source = PatchSource.of(masked, example.patch_pass, np.float64)
    assert source.patch_pass.masked
    geometry = overlaps(example.window)
    arguments = example.flat(), example.prior, example.sigma, geometry, source.patch_pass
    agree(e_step(source, *arguments), example.e_step(), 1e-12)


@pytest.mark.parametrize("scarce", [False, True])
def test_poses_count_by_their_weights(
    case: Callable, scarce: bool, brute_force: SimpleNamespace
) -> None:
    """Equal weights are as good as none; of two poses one may be all but excluded."""
    example = case()
    rng, count = np.random.default_rng(1), len(example.templates)
    even, example.weights = example.e_step(), np.full(count, 1 / count)
    agree(example.e_step(), even, 1e-12)
    example.weights = rng.dirichlet(np.full(count, 0.5 if scarce else 2.0))
    if scarce and count > 1:
        example.weights = np.append(example.weights[:-1] / example.weights[:-1].sum(), 0.0)
    found, expected = example.e_step(), by_loops(example, brute_force)
    agree(found, expected, 1e-10)
    agree(example.e_step(np.float32), expected, 1e-5)
    if count > 1:
        assert abs(found.loglik - even.loglik) > 1e-3
        assert scarce == (np.abs(found.images[-1]).max() < 1e-30)


def test_a_pose_that_is_twice_there_has_both_weights(case: Callable) -> None:
    example = case()
    count = len(example.templates)
    example.weights = np.arange(1.0, count + 1) / sum(range(1, count + 1))
    once = example.e_step()
    example.templates = np.concatenate([example.templates, example.templates[-1:]])
    last = example.weights[-1]
    example.weights = np.concatenate([example.weights[:-1], [0.3 * last, 0.7 * last]])
    twice = example.e_step()
    assert twice.loglik == pytest.approx(once.loglik, rel=1e-12)
    np.testing.assert_allclose(twice.overlaps, once.overlaps, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(twice.images[-2:].sum(axis=0), once.images[-1], atol=1e-11)
    np.testing.assert_allclose(twice.images[-1], 0.7 * once.images[-1], atol=1e-11)


@pytest.mark.parametrize("energies", ENERGIES)
@pytest.mark.parametrize(("window", "count"), [(2, 1), (4, 1), (5, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_statistics_of_two_copies_equal_the_loops(
    window: int,
    count: int,
    energies: str,
    masked: bool,
    make_example: Callable,
    brute_force: SimpleNamespace,
) -> None:
    """A patch sees a sample of the template twice, and both count."""
    example = make_example((window,), count, FusedPass(chunk_samples=2**8))
    rng = np.random.default_rng(2)
    for i, patch in enumerate(example.patches):  # the tail of one copy and the head of another
        begin, template = rng.integers(1, window), example.templates[i % count]
        patch[:begin] += template[-begin:]
        patch[begin:] += template[: window - begin]
    if ENERGIES[energies]:
        example.with_energy(*ENERGIES[energies])
    if masked:
        example.forget()
    example.prior = rng.dirichlet(np.ones(len(brute_force.states(window))))
    arguments = example.patches, example.flat(), example.prior, example.sigma
    expected = brute_force.pair_step(*arguments)
    for dtype, tolerance in ((np.float64, 1e-10), (np.float32, 1e-5)):
        found = example.e_step(dtype, pairs=True)
        agree(found, expected, tolerance)
        assert np.sum(found.overlaps) == pytest.approx(found.patches, rel=tolerance)


def test_uniform_prior_equals_the_loops(case: Callable, brute_force: SimpleNamespace) -> None:
    example = case()
    example.prior[:] = 0.3 / (len(example.prior) - 1)
    example.prior[-1] = 0.7
    agree(example.e_step(), by_loops(example, brute_force), 1e-10)


@pytest.mark.parametrize("shape", [(3, 3), (3, 5)], ids=str)
def test_templates_that_outshine_the_noise(
    shape: tuple, make_example: Callable, patch_pass: PatchPass, brute_force: SimpleNamespace
) -> None:
    """Exponents in the thousands, and overlaps that are out of the question."""
    example = make_example(shape, 2, patch_pass, sigma=0.02)
    agree(example.e_step(), by_loops(example, brute_force), 1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("empty", [0.0, 1e-300, 1e-30])
def test_patches_that_no_likely_overlap_explains(
    empty: float,
    dtype: type,
    make_example: Callable,
    patch_pass: PatchPass,
    brute_force: SimpleNamespace,
) -> None:
    """Noise alone, while the empty overlap is all but excluded and every other one is far off."""
    example = make_example((4,), 1, patch_pass)
    rng = np.random.default_rng(1)
    example.patches = rng.standard_normal(example.patches.shape)
    example.templates = 60 * example.sigma * np.ones((1, 4))
    example.prior[:] = (1 - empty) / (len(example.prior) - 1)
    example.prior[-1] = empty
    expected, found = by_loops(example, brute_force), example.e_step(dtype)
    assert found.loglik == pytest.approx(expected.loglik, rel=1e-5)
    np.testing.assert_allclose(found.overlaps, expected.overlaps, atol=1e-4)


@pytest.mark.parametrize("patches", [1, 2, 15, 16, 17, 255])
def test_zeros_that_fill_a_chunk_do_not_count(
    patches: int, make_example: Callable, patch_pass: PatchPass, brute_force: SimpleNamespace
) -> None:
    example = make_example((4,), 1, patch_pass, patches=patches)
    found = example.e_step()
    agree(found, by_loops(example, brute_force), 1e-10)
    assert found.patches == patches


def test_several_chunks_are_one(case: Callable) -> None:
    example = case(patches=700)
    assert len(list(example.source())) == 3
    one = example.with_pass(chunk_samples=2**10 * example.window.size)
    assert len(list(one.source())) == 1
    agree(example.e_step(), one.e_step(), 1e-12)


def test_several_blocks_are_one(case: Callable, patch_pass: PatchPass) -> None:
    """Also where some blocks hold patches of large energy and others do not."""
    example = case(patches=200)
    example.with_energy(0.1, 2000)
    small = {"block_logits": 1} if isinstance(patch_pass, FusedPass) else {"block_patches": (2, 2)}
    agree(example.with_pass(**small).e_step(), example.e_step(), 1e-12)


def test_patches_are_cut_again_where_they_do_not_fit(
    make_example: Callable, patch_pass: PatchPass
) -> None:
    patches = make_example((3, 4), 2, patch_pass, patches=600).source().patches
    kept = PatchSource.of(patches, patch_pass, np.float64)
    cut = PatchSource.of(patches, patch_pass, np.float64, limit=1000)
    assert kept.resident is not None
    assert cut.resident is None
    assert len(cut) == len(kept) == 600
    for _ in range(2):  # a source can be gone through many times
        for left, right in zip(kept, cut, strict=True):
            assert all(map(np.array_equal, left, right))


def test_chunks_are_powers_of_two(patch_pass: PatchPass) -> None:
    whole = type(patch_pass)(chunk_samples=2**21)
    sizes = [whole.chunk_size(pixels) for pixels in (5, 25, 2**14, 10**6)]
    assert sizes == [2**18, 2**16, 256, 256]


def test_the_pass_is_chosen_by_the_size_of_the_products() -> None:
    """Compiled where windows are small, and always where there are overlaps of two copies."""
    window = Window((3, 5))
    kinds = [type(quickest_pass(4, overlaps(window), large)) for large in (60, 61)]
    assert kinds == [PassByShift, FusedPass]
    assert type(quickest_pass(4, overlaps(window, pairs=True), 0)) is FusedPass


def test_overlaps_of_two_copies_are_refused_shift_by_shift(make_example: Callable) -> None:
    example = make_example((4,), 1, PassByShift())
    example.prior = np.full(overlaps(example.window, pairs=True).count, 0.1)
    with pytest.raises(ValueError, match="two copies"):
        example.e_step(pairs=True)


def test_weights_of_all_overlaps_sum_to_the_patches(case: Callable) -> None:
    found = case(patches=300).e_step()
    assert found.patches == 300
    assert np.sum(found.overlaps) == pytest.approx(300, rel=1e-12)
    assert np.all(found.overlaps >= 0)
    assert found.visibility.max() <= 300


def test_float32_is_close_to_float64(case: Callable) -> None:
    example = case(patches=700)
    agree(example.e_step(np.float32), example.e_step(np.float64), 1e-5)


def test_statistics_of_parts_add_up(case: Callable) -> None:
    example = case(patches=40)
    whole, patches = example.e_step(), example.patches
    example.patches = patches[:13]
    first = example.e_step()
    example.patches = patches[13:]
    both = first + example.e_step()
    agree(both, whole, 1e-12)
    assert both.patches == 40


def test_scaled_statistics_are_those_of_repeated_patches(case: Callable) -> None:
    example = case()
    once = example.e_step()
    example.patches = np.concatenate([example.patches] * 3)
    agree(once.scaled(3), example.e_step(), 1e-12)
    assert once.scaled(3).patches == 27


def test_no_patches_is_an_error(patch_pass: PatchPass) -> None:
    geometry = overlaps(Window((4,)))
    with pytest.raises(ValueError, match="no patches"):
        e_step([], np.ones((1, 4)), np.full(8, 1 / 8), 1.0, geometry, patch_pass)
