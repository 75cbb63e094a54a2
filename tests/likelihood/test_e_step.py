"""The posterior kernel against Bayes' rule, patch by patch, shift by shift, pose by pose."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtdbench.likelihood import e_step, pass_by_shift, pass_fused
from mtdbench.likelihood.e_step import Source, Statistics, chunk_size, statistics
from mtdbench.model.patches import Patches

CASES = [(4, 1, 1), (5, 1, 3), (3, 2, 2)]  # L, d, K
PARTS = ("images", "visibility", "views")


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> tuple[int, int, int]:
    return request.param


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 256 patches: little memory for few patches."""
    monkeypatch.setattr(e_step, "CHUNK_SAMPLES", 2**8)


@pytest.fixture(autouse=True, params=["fused", "shiftwise"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of doing the pass, whatever the size of the case."""
    monkeypatch.setattr(e_step, "LARGE", 0 if request.param == "shiftwise" else np.inf)
    return str(request.param)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Blocks of as few patches as there may be, so that a chunk has several."""
    monkeypatch.setattr(pass_fused, "BLOCK_LOGITS", 1)
    monkeypatch.setattr(pass_by_shift, "BLOCK_PATCHES", (2, 2))
    pass_fused._program.cache_clear()
    yield
    pass_fused._program.cache_clear()


class Example:
    """Random patches that partly look like the templates, and everything else that is needed."""

    def __init__(
        self,
        window: int,
        ndim: int,
        count: int,
        patches: int = 9,
        sigma: float = 0.8,
        seed: int = 0,
    ) -> None:
        rng = np.random.default_rng(seed)
        shape = (window,) * ndim
        self.sigma, self.ndim, self.window = sigma, ndim, window
        self.templates = 1.0 + rng.standard_normal((count, *shape))
        self.patches = sigma * rng.standard_normal((patches, *shape))
        for i in range(0, patches, 2):
            move = tuple(rng.integers(-window + 1, window, ndim))
            self.patches[i] += np.roll(self.templates[i % count], move, tuple(range(ndim)))
        self.prior = rng.dirichlet(np.ones((2 * window - 1) ** ndim + 1))

    def source(self, dtype: type = np.float64) -> Source:
        samples = self.patches.reshape(-1, *self.patches.shape[2:])  # one beneath the other
        return Source.of(Patches(samples, self.window), dtype)

    def flat(self) -> np.ndarray:
        return self.templates.reshape(len(self.templates), -1)

    def statistics(self, dtype: type = np.float64) -> Statistics:
        return statistics(self.source(dtype), self.flat(), self.prior, self.sigma, self.ndim)


def agree(found: Statistics, expected: Any, tolerance: float) -> None:
    assert found.loglik == pytest.approx(expected.loglik, rel=tolerance)
    assert found.energy == pytest.approx(expected.energy, rel=tolerance)
    for part in PARTS:
        left, right = getattr(found, part).ravel(), getattr(expected, part).ravel()
        assert np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right), part


def with_energy(example: Example, low: float, high: float) -> None:
    """Scale the patches so that ||patch||^2/(2 sigma^2) runs from `low` to `high`."""
    flat = example.patches.reshape(len(example.patches), -1)
    wanted = np.geomspace(low, high, len(flat)) * 2 * example.sigma**2
    flat *= np.sqrt(wanted / np.sum(flat**2, axis=1))[:, None]


ENERGIES = {
    "as they are": lambda example: None,
    "below 100": lambda example: with_energy(example, 1, 99),
    "between 60 and 100": lambda example: with_energy(example, 61, 99),
    "above 100": lambda example: with_energy(example, 101, 3000),
    "mixed": lambda example: with_energy(example, 0.1, 2000),
}


@pytest.mark.parametrize("energies", ENERGIES)
def test_statistics_equal_the_loops(
    case: tuple[int, int, int], energies: str, brute_force: SimpleNamespace
) -> None:
    example = Example(*case)
    ENERGIES[energies](example)
    expected = brute_force.statistics(
        example.patches, example.templates, example.prior, example.sigma
    )
    agree(example.statistics(), expected, 1e-10)
    agree(example.statistics(np.float32), expected, 1e-5)


@pytest.mark.parametrize("energies", ENERGIES)
@pytest.mark.parametrize(("window", "count"), [(2, 1), (4, 1), (5, 3)])
def test_statistics_of_two_copies_equal_the_loops(
    window: int, count: int, energies: str, brute_force: SimpleNamespace
) -> None:
    """A patch sees a template pixel twice, and both count."""
    example, rng = Example(window, 1, count), np.random.default_rng(2)
    for i, patch in enumerate(example.patches):  # the tail of one copy and the head of another
        begin, template = rng.integers(1, window), example.templates[i % count]
        patch[:begin] += template[-begin:]
        patch[begin:] += template[: window - begin]
    ENERGIES[energies](example)
    prior = rng.dirichlet(np.ones(len(brute_force.states(window))))
    arguments = (example.flat(), prior, example.sigma)
    expected = brute_force.pair_step(example.patches, *arguments)
    for dtype, tolerance in ((np.float64, 1e-10), (np.float32, 1e-5)):
        found = statistics(example.source(dtype), *arguments, 1, pairs=True)
        agree(found, expected, tolerance)
        assert np.sum(found.views) == pytest.approx(found.patches, rel=tolerance)


def test_uniform_prior_equals_the_loops(
    case: tuple[int, int, int], brute_force: SimpleNamespace
) -> None:
    example = Example(*case)
    example.prior[:] = 0.3 / (len(example.prior) - 1)
    example.prior[-1] = 0.7
    agree(
        example.statistics(),
        brute_force.statistics(example.patches, example.templates, example.prior, example.sigma),
        1e-10,
    )


def test_templates_that_outshine_the_noise(brute_force: SimpleNamespace) -> None:
    """Exponents in the thousands, and views that are out of the question."""
    example = Example(3, 2, 2, sigma=0.02)
    agree(
        example.statistics(),
        brute_force.statistics(example.patches, example.templates, example.prior, example.sigma),
        1e-10,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("empty", [0.0, 1e-300, 1e-30])
def test_patches_that_no_likely_view_explains(
    empty: float, dtype: type, brute_force: SimpleNamespace
) -> None:
    """Noise alone, while the empty view is all but excluded and every other one is far off."""
    example = Example(4, 1, 1)
    rng = np.random.default_rng(1)
    example.patches = rng.standard_normal(example.patches.shape)
    example.templates = 60 * example.sigma * np.ones((1, 4))
    example.prior[:] = (1 - empty) / (len(example.prior) - 1)
    example.prior[-1] = empty
    expected = brute_force.statistics(
        example.patches, example.templates, example.prior, example.sigma
    )
    found = example.statistics(dtype)
    assert found.loglik == pytest.approx(expected.loglik, rel=1e-5)
    np.testing.assert_allclose(found.views, expected.views, atol=1e-4)


@pytest.mark.parametrize("patches", [1, 2, 15, 16, 17, 255])
def test_zeros_that_fill_a_chunk_do_not_count(patches: int, brute_force: SimpleNamespace) -> None:
    example = Example(4, 1, 1, patches)
    found = example.statistics()
    agree(
        found,
        brute_force.statistics(example.patches, example.templates, example.prior, example.sigma),
        1e-10,
    )
    assert found.patches == patches


def test_several_chunks_are_one(
    case: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    example = Example(*case, patches=700)
    several = example.statistics()
    assert len(list(example.source())) == 3
    monkeypatch.setattr(e_step, "CHUNK_SAMPLES", 2**10 * example.flat().shape[1])
    assert len(list(example.source())) == 1
    agree(several, example.statistics(), 1e-12)


def test_several_blocks_are_one(case: tuple[int, int, int], request: pytest.FixtureRequest) -> None:
    """Also where some blocks hold patches of large energy and others do not."""
    example = Example(*case, patches=200)
    with_energy(example, 0.1, 2000)
    one = example.statistics()
    request.getfixturevalue("small_blocks")
    agree(example.statistics(), one, 1e-12)


def test_patches_are_cut_again_where_they_do_not_fit() -> None:
    example = Example(3, 2, 2, patches=600)
    patches = example.source().patches
    kept, cut = Source.of(patches, np.float64), Source.of(patches, np.float64, limit=1000)
    assert kept.resident is not None
    assert cut.resident is None
    assert len(cut) == len(kept) == 600
    for _ in range(2):  # a source can be gone through many times
        for (left, n), (right, m) in zip(kept, cut, strict=True):
            assert n == m
            assert np.array_equal(left, right)


def test_chunks_are_powers_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e_step, "CHUNK_SAMPLES", 2**21)
    assert [chunk_size(pixels) for pixels in (5, 25, 2**14, 10**6)] == [2**18, 2**16, 256, 256]


def test_weights_of_all_views_sum_to_the_patches(case: tuple[int, int, int]) -> None:
    example = Example(*case, patches=300)
    found = example.statistics()
    assert found.patches == 300
    assert np.sum(found.views) == pytest.approx(300, rel=1e-12)
    assert np.all(found.views >= 0)
    assert found.visibility.max() <= 300


def test_float32_is_close_to_float64(case: tuple[int, int, int]) -> None:
    example = Example(*case, patches=700)
    agree(example.statistics(np.float32), example.statistics(np.float64), 1e-5)


def slope(f: Callable[[np.ndarray], float], x: np.ndarray, step: float) -> np.ndarray:
    """Central differences of the fourth order, in every entry."""
    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[place] = step
        found[place] = 8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))
    return found / (12 * step)


def test_statistics_are_the_gradient_in_the_templates(case: tuple[int, int, int]) -> None:
    """Fisher's identity: (B - M I)/sigma^2."""
    example = Example(*case)
    source, s = example.source(), example.statistics()

    def loglik(templates: np.ndarray) -> float:
        return statistics(source, templates, example.prior, example.sigma, example.ndim).loglik

    gradient = (s.images - s.visibility * example.flat()) / example.sigma**2
    numeric = slope(loglik, example.flat(), 1e-3)
    assert np.linalg.norm(gradient - numeric) < 1e-8 * np.linalg.norm(gradient)


def test_views_are_the_gradient_in_the_prior(case: tuple[int, int, int]) -> None:
    """Fisher's identity: (weight of the view)/rho, for a prior that need not sum to 1."""
    example = Example(*case)
    source, s = example.source(), example.statistics()

    def loglik(roots: np.ndarray) -> float:
        return statistics(source, example.flat(), roots**2, example.sigma, example.ndim).loglik

    roots = np.sqrt(example.prior)
    numeric = slope(loglik, roots, 1e-4)
    gradient = 2 * s.views / roots
    assert np.linalg.norm(gradient - numeric) < 1e-7 * np.linalg.norm(gradient)


def test_statistics_of_parts_add_up(case: tuple[int, int, int]) -> None:
    example = Example(*case, patches=40)
    whole, patches = example.statistics(), example.patches
    example.patches = patches[:13]
    first = example.statistics()
    example.patches = patches[13:]
    both = first + example.statistics()
    agree(both, whole, 1e-12)
    assert both.patches == 40


def test_scaled_statistics_are_those_of_repeated_patches(case: tuple[int, int, int]) -> None:
    example = Example(*case)
    once = example.statistics()
    example.patches = np.concatenate([example.patches] * 3)
    agree(once.scaled(3), example.statistics(), 1e-12)
    assert once.scaled(3).patches == 27


def test_no_patches_is_an_error() -> None:
    with pytest.raises(ValueError, match="no patches"):
        statistics([], np.ones((1, 4)), np.full(8, 1 / 8), 1.0, 1)
