"""Moments of a measurement with samples that were not measured, against loops and expectations."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import hadamard

from mtdbench import InputError
from mtdbench.model.shifts import sample_index
from mtdbench.moments.autocorrelations import Moments, lags, model_moments, noise_bias
from mtdbench.moments.group_moments import combined
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.product_counts import product_counts
from mtdbench.moments.symmetry import constellations
from mtdbench.moments.tile_sums import Tiling
from mtdbench.spaces import Window, make_space

Sides = tuple[int, ...]
CASES = [  # shape of the stack, sides of the box
    ((1, 50), (4,)),
    ((2, 2500), (3,)),
    ((1, 7, 6), (3, 2)),
    ((3, 50, 37), (3, 5)),
    ((1, 64, 64), (2, 2)),
    ((1, 9, 11, 8), (2, 3, 2)),
]


def mask(shape: Sides, rng: np.random.Generator) -> np.ndarray:
    """A border, a hole and some single samples are missing; a part as large as a tile is whole."""
    known = np.ones(shape, dtype=bool)
    known[..., -1:] = False
    known[:, : shape[1] // 2] &= rng.uniform(size=known[:, : shape[1] // 2].shape) < 0.9
    known[0, shape[1] // 3 : shape[1] // 3 + 2] &= rng.uniform(size=shape[2:]) < 0.5
    return known


def loops(stack: np.ndarray, known: np.ndarray, box: Window) -> np.ndarray:
    """The mean of the products that were measured, times how many products there are, sample by
    sample, over N^d.
    """
    values, shape = [], Window(stack.shape[1:])
    padded = [np.append(np.where(k, y, 0), 0.0) for y, k in zip(stack, known, strict=True)]
    seen = [np.append(k, False) for k in known]
    for points in (p for order in constellations(lags(box)) for p in order):
        index = sample_index(shape.grid[:, None] + points, shape)
        inside = np.sum(np.all(index < shape.size, axis=1)) * len(stack)
        there = np.concatenate([np.all(s[index], axis=1) for s in seen])
        products = np.concatenate([np.prod(y[index], axis=1) for y in padded])
        values.append(products[there].sum() / max(there.sum(), 1) * inside / stack.size)
    return np.array(values)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize(("shape", "sides"), CASES, ids=str)
def test_masked_moments_equal_the_loops(
    shape: Sides, sides: Sides, rng: np.random.Generator
) -> None:
    y, known, box = 0.5 + rng.standard_normal(shape), mask(shape, rng), Window(sides)
    spoilt = np.where(known, y + 3, np.nan)
    found = measured_moments(spoilt, box, background=3.0, measured=known)
    np.testing.assert_allclose(found.values, loops(y, known, box), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.tiles.mean(axis=0), found.values, rtol=1e-9, atol=1e-13)
    for tiling in (Tiling(workspace=1), Tiling(most=3), Tiling(tiles=50, windows=2)):
        other = measured_moments(spoilt, box, tiling, background=3.0, measured=known)
        np.testing.assert_allclose(other.values, found.values, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "sides"), CASES, ids=str)
def test_a_mask_that_leaves_out_nothing_changes_no_bit(
    shape: Sides, sides: Sides, dtype: type, rng: np.random.Generator
) -> None:
    y, box = (0.5 + rng.standard_normal(shape)).astype(dtype), Window(sides)
    for tiling in (Tiling(), Tiling(most=3)):
        whole = measured_moments(y, box, tiling)
        masked = measured_moments(y, box, tiling, measured=np.ones(shape, dtype=bool))
        assert np.array_equal(masked.values, whole.values)
        assert np.array_equal(masked.tiles, whole.tiles)


@pytest.mark.parametrize(("shape", "sides"), CASES, ids=str)
def test_counts_are_the_sums_over_ones(shape: Sides, sides: Sides) -> None:
    geometry, one = lags(Window(sides)), np.ones((1, *shape[1:]))
    found = measured_moments(one, geometry.box)
    whole = product_counts(tuple((0, n) for n in one.shape[1:]), one.shape[1:], geometry)
    np.testing.assert_allclose(found.values * one.size, whole, rtol=1e-12)
    parts = [
        product_counts(((low, high), *((0, n) for n in shape[2:])), shape[1:], geometry)
        for low, high in pairwise((0, 1, 3, shape[1]))
    ]
    assert np.array_equal(np.sum(parts, axis=0), whole)


def test_the_expectation_is_that_without_a_mask(rng: np.random.Generator) -> None:
    """Over all places of the copies alike, and over noise: exactly the model's moments and bias,
    with as many products as fit. All places are all rotations of a circle; noise of two values
    whose products have the expectations of white noise stands for it.
    """
    space, size, sigma = make_space("line", 4), 24, 0.6
    x, geometry = space.random(rng), lags(Window((4,)))
    known = rng.uniform(size=size) < 0.7
    clean = np.zeros(size)
    for corner in (2, 9, 17):
        clean[corner : corner + 4] += x
    half = hadamard(32)[:, :size]
    noise = sigma * np.concatenate([half, -half])
    draws = np.concatenate([np.roll(clean, shift) + noise for shift in range(size)])
    everywhere = np.broadcast_to(known, draws.shape)
    found = measured_moments(draws, geometry.box, measured=everywhere).values
    model = 3 * 4 / size * model_moments(x[None], geometry, space.window, np)
    bias = noise_bias(sigma, model[0], geometry)
    fit = product_counts(((0, size),), (size,), geometry) / size
    np.testing.assert_allclose(found, fit * (model + bias), rtol=1e-12)


def test_the_scatter_of_masked_tiles_is_that_of_the_moments(rng: np.random.Generator) -> None:
    """Also where tiles are hidden wholly or in part, and the mean is far from 0; beside it tiles
    scatter by the products that the edge cuts off, as they do without a mask.
    """
    known = rng.uniform(size=(4, 32, 32)) < 0.8
    known[1, :20, :16] = False
    known[2, :, 25:] = False
    box, draws = Window((2, 2)), rng.standard_normal((120, *known.shape))
    found = [measured_moments(2 + noise, box, measured=known) for noise in draws]
    shown = np.sqrt(np.mean([variance(each) for each in found], axis=0))
    edge = variance(measured_moments(np.full(known.shape, 2.0), box))
    true = np.var([each.values for each in found], axis=0)
    np.testing.assert_allclose(shown, np.sqrt(true + edge), rtol=0.25)


def test_a_mask_that_leaves_no_products_is_refused(rng: np.random.Generator) -> None:
    known = np.zeros((1, 60), dtype=bool)
    known[:, ::2] = True
    with pytest.raises(InputError, match=r"leaves no samples at some lags.*smaller width"):
        measured_moments(rng.standard_normal((1, 60)), Window((3,)), measured=known)


def test_groups_count_by_their_micrographs(rng: np.random.Generator) -> None:
    """Together they have the moments of the stack, and the scatter within each of them."""
    stack, box = rng.standard_normal((3, 40, 30)), Window((2, 3))
    stack[1] += 5
    parts = [measured_moments(stack, box, micrographs=m) for m in ([0, 2], [1])]
    both, whole = combined(parts, (2 / 3, 1 / 3)), measured_moments(stack, box)
    np.testing.assert_allclose(both.values, whole.values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(both.tiles.mean(axis=0), whole.values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(variance(both), variance_of(parts), rtol=0.02)
    assert np.all(variance(both)[:2] < 0.8 * variance(whole)[:2])


def variance(moments: Moments) -> np.ndarray:
    return moments.tiles.var(axis=0) / len(moments.tiles)


def variance_of(parts: list[Moments]) -> np.ndarray:
    return (2 / 3) ** 2 * variance(parts[0]) + (1 / 3) ** 2 * variance(parts[1])
