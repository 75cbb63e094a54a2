"""Scores of picks on cases that can be counted by hand, and against loops."""

import math

import numpy as np
import pytest

from mtdbench.evaluate.picking_scores import LEAST_VISIBLE_SHARE, particle_scores, picking_scores
from mtdbench.evaluate.visible_energy import visible_energy
from mtdbench.model.placed_copies import Placement
from mtdbench.picking import Particles, Picks
from mtdbench.spaces import Window

SIDES = [(5,), (5, 5), (3, 5), (6, 2)]


def picks(
    patches: list, shifts: list, empty: list, sides: tuple[int, ...] = (5,), micrographs=None
) -> Picks:
    array = np.array(patches).reshape(len(patches), -1)
    numbers = np.zeros(len(patches), int) if micrographs is None else np.array(micrographs)
    chances = (1 - np.array(empty)) / 2
    shift = np.array(shifts).reshape(array.shape)
    return Picks(Window(sides), numbers, array, np.array(empty), shift, chances, chances, 0.5, 0.0)


def placement(corners: list, micrographs: list[int] | None = None) -> Placement:
    array = np.array(corners, dtype=int).reshape(len(corners), -1)
    numbers = np.zeros(len(corners), int) if micrographs is None else np.array(micrographs)
    return Placement(array, np.zeros((len(corners), 0)), numbers)


def test_counted_by_hand() -> None:
    """Copies at 7 and 20 are seen by the patches at 5, 10 and 20; those at 0 and 15 are empty."""
    found = picks([0, 5, 10, 15, 20], [0, 1, -1, 4, 0], [0.9, 0.1, 0.8, 0.1, 0.2])
    scores = picking_scores(found, placement([7, 20]))
    shifts, shares = visible_energy(found, placement([7, 20]))
    assert shifts.tolist() == [[0], [2], [-3], [0], [0]]
    assert shares == pytest.approx([0, 3 / 5, 2 / 5, 0, 1])
    assert scores == {
        "f1": pytest.approx(2 * 1 / (2 * 1 + 1 + 1)),  # 0 is; 10 is called so, 15 is not
        "positions": pytest.approx(2 / 3),  # 5 and 20; 10 is off by two
        "f1_trivial": pytest.approx(2 * 2 / (2 * 2 + 3)),
        "positions_trivial": pytest.approx(1 / 3),  # 20
    }


def test_all_right_is_1_and_all_called_empty_is_trivial() -> None:
    right = picks([0, 5, 10], [0, 2, -3], [0.9, 0.1, 0.1])
    assert picking_scores(right, placement([7]))["f1"] == 1
    assert picking_scores(right, placement([7]))["positions"] == 1
    lazy = picking_scores(picks([0, 5, 10], [0, 0, 0], [0.9, 0.9, 0.9]), placement([7]))
    assert lazy["f1"] == lazy["f1_trivial"]
    assert lazy["positions"] == lazy["positions_trivial"]


def test_shares_of_nothing_are_no_number() -> None:
    nobody = Placement(np.zeros((0, 1), int), np.zeros((0, 0)))
    nothing = picking_scores(picks([0, 5], [0, 0], [0.9, 0.9]), nobody)
    assert math.isnan(nothing["positions"])
    assert (nothing["f1"], nothing["f1_trivial"]) == (1, 1)
    full = picking_scores(picks([5], [0], [0.1]), placement([5]))
    assert math.isnan(full["f1"])
    assert full["f1_trivial"] == 0


def test_another_micrograph_is_another_place() -> None:
    found = picks([0, 0], [0, 0], [0.1, 0.9], micrographs=[0, 1])
    assert visible_energy(found, placement([0], [0]))[1].tolist() == [1, 0]


def lattice(sides: tuple[int, ...], size: int) -> np.ndarray:
    """The first samples of all patches on one grid, shape (P, d)."""
    axes = np.meshgrid(*(np.arange(0, size, side) for side in sides), indexing="ij")
    return np.stack(axes, -1).reshape(-1, len(sides))


@pytest.mark.parametrize("sides", SIDES, ids=str)
def test_of_several_copies_the_one_counts_that_is_seen_most(sides: tuple[int, ...]) -> None:
    """Against loops over all patches and copies, some of which overlap."""
    rng, patches = np.random.default_rng(1), lattice(sides, 40)
    corners = rng.integers(0, 40, (4 if len(sides) == 1 else 12, len(sides)))
    corners[0] = patches[3]  # no shift at all
    none = [0.5] * len(patches)
    shifts, shares = visible_energy(
        picks(list(patches), list(0 * patches), none, sides), placement(list(corners))
    )
    for patch, shift, share in zip(patches, shifts, shares, strict=True):
        seen = [np.prod(np.maximum(sides - np.abs(c - patch), 0)) for c in corners]
        assert share == pytest.approx(max(seen) / np.prod(sides))
        if share > 0:
            assert np.prod(sides - np.abs(shift)) == max(seen)
            assert (patch + shift).tolist() in corners.tolist()


@pytest.mark.parametrize("sides", SIDES, ids=str)
def test_energy_counts_where_the_copies_are_known(sides: tuple[int, ...]) -> None:
    """Against loops, over copies of several looks and in several blocks of them."""
    rng, patches, size = np.random.default_rng(3), lattice(sides, 60), int(np.prod(sides))
    looks = rng.standard_normal((6, size))
    corners = np.stack([np.arange(2, 50, 9)] * len(sides), -1)
    corners += rng.integers(-1, 1, corners.shape)
    true = Placement(corners, np.arange(6.0)[:, None])
    found = picks(list(patches), list(0 * patches), [0.5] * len(patches), sides)
    _, shares = visible_energy(
        found, true, lambda poses: looks[poses[:, 0].astype(int)], at_once=2 * size
    )
    total = np.zeros(len(patches))
    for look, corner in zip(looks, corners, strict=True):
        scene = np.zeros((70,) * len(sides))
        scene[tuple(map(slice, corner, corner + sides))] = look.reshape(sides)
        for p, patch in enumerate(patches):
            part = scene[tuple(map(slice, patch, patch + sides))]
            total[p] = max(total[p], np.sum(part**2) / np.sum(look**2))
    np.testing.assert_allclose(shares, total, atol=1e-12)
    if sides == (5,):
        assert shares.sum() == pytest.approx(6)  # one patch or the other shows each part of a copy


@pytest.mark.parametrize("share", [0.9 * LEAST_VISIBLE_SHARE, 1.1 * LEAST_VISIBLE_SHARE])
def test_a_patch_with_next_to_nothing_of_a_copy_is_empty(share: float) -> None:
    """The patch at 0 shows the first sample of the copy at 4, that at 5 the four others."""
    look = np.sqrt([[share, 1 - share, 0, 0, 0]])
    found = picks([0, 5], [4, -1], [0.1, 0.1])
    scores = picking_scores(found, placement([4]), lambda poses: np.repeat(look, len(poses), 0))
    assert scores["f1_trivial"] == (pytest.approx(2 / 3) if share < LEAST_VISIBLE_SHARE else 0)
    assert scores["positions_trivial"] == (1 if share < LEAST_VISIBLE_SHARE else 0.5)


def test_a_copy_without_energy_is_not_visible_energy() -> None:
    found = picks([5], [0], [0.9])
    assert visible_energy(found, placement([5]), lambda poses: np.zeros((1, 5)))[1].tolist() == [0]


def test_a_constant_shift_is_right_as_often_as_the_formula_says() -> None:
    rng, window = np.random.default_rng(2), 5
    corners = 20 + np.arange(4000) * 23 + rng.integers(0, 5, 4000)
    patches = np.arange(0, corners[-1] + 20, 5)
    found = picks(list(patches), [0] * len(patches), [0.5] * len(patches))
    share = picking_scores(found, placement(list(corners)))["positions_trivial"]
    assert share == pytest.approx(3 / (2 * window - 1), abs=0.01)


def test_particles_within_a_sample_are_right() -> None:
    found = Particles(Window((5,)), np.array([0, 0, 1]), np.array([[4], [30], [10]]), np.ones(3))
    true = placement([5, 20, 10], [0, 0, 0])
    assert particle_scores(found, true) == {"precision": 1 / 3, "recall": 1 / 3}
    none = Particles(Window((5,)), np.zeros(0, int), np.zeros((0, 1), int), np.zeros(0))
    assert math.isnan(particle_scores(none, true)["precision"])
    assert particle_scores(none, true)["recall"] == 0
