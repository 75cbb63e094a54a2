"""Simulation through a forward model: optics groups, a background, a law of the poses."""

import runpy
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.model.filters import Convolution, Identity
from mtdbench.model.forward import ForwardModel
from mtdbench.model.measurement import Placement
from mtdbench.model.pose_law import WeightedPoses
from mtdbench.simulation import Recipe
from mtdbench.simulation.faults import NO_FAULTS
from mtdbench.simulation.scene import CleanMeasurement, expanded
from mtdbench.spaces import Space, make_space

Plate = runpy.run_path(str(Path(__file__).parents[1] / "plate.py"))["Plate"]
SPACES = [make_space("line", 7), make_space("line", 5, "classes:2"), make_space("disc", 5)]
SPACES += [make_space("ball", 7, "degree:2"), Plate(4)]
GROUPS = np.array([1, 0, 1])
MARGIN = 2
BACKGROUND = 0.75


def recipe_for(space: Space, size: int, spacing: str = "arbitrary", **more: object) -> Recipe:
    """A recipe, or what stands for one where the space is in no catalogue."""
    stand_in = asdict(Recipe(space="line", window=space.length, size=size, snr=1.0, density=None))
    stand_in |= {"space": space.name, "basis": space.basis}
    stand_in |= {"spacing": spacing, "micrographs": len(GROUPS), "faults": NO_FAULTS}
    return SimpleNamespace(**(stand_in | more))  # type: ignore[return-value]


def optics(space: Space, **more: object) -> ForwardModel:
    """Two groups with kernels that have no symmetry, and a background."""
    rng, sides = np.random.default_rng(2), (2 * MARGIN + 1,) * space.window.ndim
    filters = tuple(Convolution(rng.standard_normal(sides)) for _ in range(2))
    return ForwardModel(space, filters, GROUPS, BACKGROUND, **more)


def micrographs(scene: CleanMeasurement, rows: int) -> np.ndarray:
    parts = [list(scene.blocks(m, rows)) for m in range(len(GROUPS))]
    assert all(len(block) == rows for blocks in parts for block in blocks[:-1])
    return np.stack([np.concatenate(blocks) for blocks in parts])


def sum_of_copies(forward: ForwardModel, x: np.ndarray, told: Placement, size: int) -> np.ndarray:
    """Each sample of a copy spread by its group's kernel, one by one; without the background."""
    window = forward.space.window
    y = np.zeros((len(GROUPS),) + (size,) * window.ndim)
    for m, corner, pose in zip(told.micrographs, told.corners, told.poses, strict=True):
        image = forward.space.project(x, pose[None])[0].reshape(window.shape)
        kernel = forward.filters[GROUPS[m]].kernel
        for sample in np.ndindex(*image.shape):
            for step in np.ndindex(*kernel.shape):
                place = corner + sample + step - MARGIN
                if np.all((place >= 0) & (place < size)):
                    y[(m, *place)] += image[sample] * kernel[step]
    return y


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.name}-{space.basis}")
@pytest.mark.parametrize("rows", [1, 5, 10**6])
def test_micrographs_are_the_sum_of_filtered_copies_and_the_background(
    space: Space, rows: int
) -> None:
    size = 64 if space.window.ndim == 1 else 20
    forward = optics(space)
    scene = expanded(recipe_for(space, size), forward)
    told = scene.placement
    expected = sum_of_copies(forward, scene.truth["x"], told, size) + BACKGROUND
    found = micrographs(scene, min(rows, size))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())
    # What is shown leaves the micrograph at its edges, and supports overlap.
    assert np.any(told.corners < MARGIN)
    assert np.any(told.corners + space.window.shape > size - MARGIN)
    one = told.within(0).corners
    apart = np.abs(one[:, None] - one)[np.triu_indices(len(one), 1)]
    assert np.any(np.all(apart < np.array(forward.support.shape), axis=1))


def test_a_filter_that_changes_nothing_gives_the_trivial_measurement_in_a_wider_support() -> None:
    space = make_space("disc", 5)
    kernel = np.zeros((5, 5))
    kernel[2, 2] = 1
    recipe = recipe_for(space, 40)
    trivial = expanded(recipe, ForwardModel(space))
    padded = expanded(recipe, ForwardModel(space, (Convolution(kernel),)))
    assert np.array_equal(padded.placement.corners, trivial.placement.corners)
    assert padded.power == pytest.approx(trivial.power)
    np.testing.assert_allclose(micrographs(padded, 9), micrographs(trivial, 40), atol=1e-6)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.name}-{space.basis}")
def test_power_is_that_of_what_the_copies_show(space: Space) -> None:
    """Over L^d samples a copy, each copy through the optics of its micrograph."""
    size = 200 if space.window.ndim == 1 else 30
    forward = optics(space)
    recipe = recipe_for(space, size, "well-separated")
    scene = expanded(recipe, forward)
    told, x = scene.placement, scene.truth["x"]
    energy = 0.0
    for m, pose in zip(told.micrographs, told.poses, strict=True):
        image = space.project(x, pose[None])[0].reshape(space.window.shape)
        widened = np.pad(image, 2 * MARGIN)
        kernel = forward.filters[GROUPS[m]].kernel
        reach = np.ndindex(*(side + 2 * MARGIN for side in image.shape))
        shown = [
            np.sum(np.flip(kernel) * widened[tuple(slice(s, s + len(kernel)) for s in place)])
            for place in reach
        ]
        energy += float(np.sum(np.square(shown)))
    assert scene.power == pytest.approx(energy / (len(told.poses) * space.window.size))
    assert expanded(recipe, optics(space)).power == scene.power


def test_optics_and_background_leave_target_places_and_poses_alone() -> None:
    space = make_space("disc", 5)
    recipe = recipe_for(space, 60)
    plain, shown = expanded(recipe, ForwardModel(space)), expanded(recipe, optics(space))
    for name in ("corners", "poses", "micrographs"):
        assert np.array_equal(getattr(plain.placement, name), getattr(shown.placement, name))
    assert np.array_equal(plain.truth["x"], shown.truth["x"])


def cardioid(poses: np.ndarray) -> np.ndarray:
    return (1 + np.cos(poses[:, 0])) / 2


def mostly_upright(poses: np.ndarray) -> np.ndarray:
    return np.where(poses[:, 0] > 0, 0.25, 1.0)


@pytest.mark.parametrize(
    ("space", "density", "statistic", "mean", "deviation"),
    [
        # p(phi) = (1 + cos phi) / 2 pi: E cos = 1/2, E cos^2 = 1/2
        (make_space("disc", 5), cardioid, lambda poses: np.cos(poses[:, 0]), 0.5, 0.5),
        (make_space("disc", 5), cardioid, lambda poses: np.sin(poses[:, 0]), 0.0, 0.5**0.5),
        (make_space("line", 5, "classes:2"), mostly_upright, lambda poses: poses[:, 0], 0.2, 0.4),
        (Plate(3), mostly_upright, lambda poses: poses[:, 0], 0.2, 0.4),
    ],
)
def test_poses_follow_their_law(
    space: Space,
    density: Callable[[np.ndarray], np.ndarray],
    statistic: Callable[[np.ndarray], np.ndarray],
    mean: float,
    deviation: float,
) -> None:
    size = 20_000 if space.window.ndim == 1 else 250
    recipe = recipe_for(space, size)
    scene = expanded(recipe, ForwardModel(space, pose_law=WeightedPoses(density)))
    values = statistic(scene.placement.poses)
    assert len(values) > 2000
    assert abs(np.mean(values) - mean) < 4 * deviation / np.sqrt(len(values))
    uniform = expanded(recipe, ForwardModel(space)).placement
    assert np.array_equal(uniform.corners, scene.placement.corners)


def test_the_trivial_parts_are_to_the_bit_those_of_a_bare_space() -> None:
    space = make_space("disc", 5)
    recipe = Recipe(space="disc", window=5, size=60, snr=1.0, density=None, micrographs=3)
    bare = expanded(recipe, ForwardModel(space))
    grouped = expanded(recipe, ForwardModel(space, (Identity(), Identity()), GROUPS))
    assert np.array_equal(micrographs(bare, 60), micrographs(grouped, 7))
    assert grouped.power == pytest.approx(bare.power)
