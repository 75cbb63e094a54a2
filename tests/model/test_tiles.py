"""Tiles: what they share out of micrographs, and what they see."""

import numpy as np
import pytest

from mtdbench.model.patches import Patches
from mtdbench.model.tiles import Tiled
from mtdbench.spaces import Window

CASES = [
    ((103,), (4,), 30),
    ((61, 83), (5, 4), 20),
    ((40, 26), (3, 3), 100),
    ((23, 90), (7, 7), 25),
]
each_case = pytest.mark.parametrize(("size", "window", "side"), CASES)


def tiled(size: tuple[int, ...], window: tuple[int, ...], side: int) -> Tiled:
    return Tiled(size, Window(window), tuple(2 * length - 1 for length in window), side)


@each_case
def test_tiles_share_out_places_and_samples(
    size: tuple[int, ...], window: tuple[int, ...], side: int
) -> None:
    cut = tiled(size, window, side)
    places = np.zeros([n - length + 1 for n, length in zip(size, window, strict=True)], int)
    samples = np.zeros(size, int)
    for tile in cut.tiles(np.arange(np.prod(cut.counts))):
        assert tile.micrograph == 0
        places[tile.own] += 1
        samples[tile.samples] += 1
        seen = places[tile.seen]
        assert seen.shape == tile.shape
        assert tile.owned.sum() == np.prod([side.stop - side.start for side in tile.own])
    assert np.all(places == 1)
    assert np.all(samples == 1)


@each_case
def test_tiles_see_alike_and_beyond_themselves(
    size: tuple[int, ...], window: tuple[int, ...], side: int
) -> None:
    cut = tiled(size, window, side)
    every = list(cut.tiles(np.arange(np.prod(cut.counts))))
    assert len({tile.shape for tile in every}) == 1
    for tile in every:
        for seen, own, rim, n, length in zip(
            tile.seen, tile.own, cut.rim, size, window, strict=True
        ):
            assert seen.start <= max(own.start - rim, 0)
            assert seen.stop >= min(own.stop + rim, n - length + 1)


def test_drawn_patches_are_those_of_whole_tiles() -> None:
    patches = Patches(np.zeros((3, 61, 83)), Window((5, 4)))
    cut, rng = tiled((61, 83), (5, 4), 20), np.random.default_rng(0)
    everything = np.prod(cut.counts) * 3
    np.testing.assert_array_equal(cut.numbers(patches), np.arange(everything))
    chosen = cut.drawn(patches, rng, 100)
    assert len(np.unique(chosen)) == len(chosen)
    assert 50 < len(chosen) < 150
    some = cut.numbers(Patches(patches.stack, patches.window, chosen=chosen))
    assert 0 < len(some) < everything
    np.testing.assert_array_equal(cut.drawn(patches, rng, 10**6), np.arange(len(patches)))
