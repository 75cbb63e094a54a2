"""Laws that hold in every space, whatever its dimension."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from mtdbench.spaces import SPACES, Space, make_space
from mtdbench.spaces.volume import rotations

Plate = runpy.run_path(str(Path(__file__).parents[1] / "plate.py"))["Plate"]
CATALOGUE = {**SPACES, "plate": Plate.from_basis}

ALL = [
    *(("line", window, "auto") for window in (3, 5, 6, 11, 21, 31)),
    *(("line", window, basis) for window, basis in ((5, "classes:2"), (6, "classes:3"))),
    ("line", 11, "classes:7"),
    *(("disc", window, "auto") for window in (5, 6, 7, 10, 15, 31)),
    *(("disc", window, "paper") for window in (5, 6, 9)),
    *(("disc", window, "bandlimit:0.6") for window in (6, 13)),
    *(("disc", window, "bandlimit:1") for window in (5, 8)),
    *(("disc", window, "count:12") for window in (5, 8, 14, 31)),
    *(("ball", window, "auto") for window in (7, 8, 11)),
    *(("ball", window, "degree:3") for window in (6, 12, 21)),
    *(("plate", window, "auto") for window in (3, 4, 7)),
]


@pytest.fixture(scope="module", params=ALL, ids=lambda case: "-".join(map(str, case)))
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param, CATALOGUE)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def near(left: np.ndarray, right: np.ndarray, tolerance: float = 1e-12) -> bool:
    return bool(np.linalg.norm(left - right) <= tolerance * np.linalg.norm(right))


def test_attributes_agree_with_what_was_asked_for(space: Space, rng: np.random.Generator) -> None:
    again = make_space(space.name, space.length, space.basis, CATALOGUE)
    assert again == space
    assert hash(again) == hash(space)
    pixels = space.window.size
    assert space.operator(space.random_poses(rng, 2)).shape == (2, pixels, space.size)
    assert space.random(rng).shape == (space.size,)
    assert space.render(space.random(rng)).shape == space.shape
    assert space.kind == {1: "signal", 2: "image", 3: "volume"}[space.ndim]
    if space.ndim > space.window.ndim:
        assert space.shape == (space.length,) * space.ndim
    else:  # one object, or several end to end
        assert space.shape == (space.shape[0], *space.window.shape[1:])
        assert space.shape[0] % space.window.shape[0] == 0


def test_project_is_the_operator(space: Space, rng: np.random.Generator) -> None:
    x, poses = space.random(rng), space.random_poses(rng, 5)
    assert near(space.project(x, poses), space.operator(poses) @ x)


def test_adjoint_is_the_transpose(space: Space, rng: np.random.Generator) -> None:
    x, poses = rng.standard_normal(space.size), space.random_poses(rng, 4)
    images = rng.standard_normal((4, space.window.size))
    shown, collected = space.project(x, poses), space.adjoint(images, poses)
    scale = np.linalg.norm(shown) * np.linalg.norm(images)
    assert abs(np.sum(shown * images) - x @ collected) <= 1e-12 * scale


def test_normal_is_the_explicit_sum(space: Space, rng: np.random.Generator) -> None:
    poses = space.random_poses(rng, 3)
    weights = rng.uniform(size=(3, space.window.size))
    total = np.zeros((space.size, space.size))
    for matrix, weight in zip(space.operator(poses), weights, strict=True):
        total += matrix.T @ np.diag(weight) @ matrix
    assert near(space.normal(weights, poses), total)


def test_expand_undoes_render(space: Space, rng: np.random.Generator) -> None:
    x = rng.standard_normal(space.size)
    assert near(space.expand(space.render(x)), x)


def test_expand_is_least_squares(space: Space, rng: np.random.Generator) -> None:
    array = rng.standard_normal(space.shape)
    rest = array - space.render(space.expand(array))
    assert abs(np.sum(rest * space.render(rng.standard_normal(space.size)))) < 1e-10 * array.size


def test_the_first_pose_shows_the_object_as_it_is(space: Space, rng: np.random.Generator) -> None:
    if space.ndim != space.window.ndim:
        pytest.skip("what is measured is a projection")
    x = space.random(rng)
    assert near(
        space.project(x, space.poses(3)[:1])[0], space.render(x).ravel()[: space.window.size]
    )


def test_the_sampled_basis_is_well_conditioned(space: Space) -> None:
    poses = space.poses(552 if space.ndim > space.window.ndim else 1)
    weights = np.ones((len(poses), space.window.size))
    limit = 4 if space.name == "ball" else 3
    assert np.sqrt(np.linalg.cond(space.normal(weights, poses))) < limit


def test_align_leaves_the_truth_alone(space: Space, rng: np.random.Generator) -> None:
    x = space.random(rng)
    assert near(space.align(x, x), x)


def test_align_never_increases_the_distance(space: Space, rng: np.random.Generator) -> None:
    for _ in range(5):
        truth, x = space.random(rng), rng.standard_normal(space.size)
        aligned = space.align(x, truth)
        assert np.linalg.norm(aligned - truth) <= np.linalg.norm(x - truth) * (1 + 1e-14)
        if not space.place_is_free:  # what leaves the window when it is moved is lost
            assert np.linalg.norm(aligned) == pytest.approx(np.linalg.norm(x), rel=1e-12)


def test_align_twice_is_align_once(space: Space, rng: np.random.Generator) -> None:
    truth, x = space.random(rng), space.random(rng)
    once = space.align(x, truth)
    if space.name == "ball":  # a search with a finite grid: hardly anything is left to gain
        twice = np.linalg.norm(space.align(once, truth) - truth)
        assert twice >= 0.95 * np.linalg.norm(once - truth)
    else:
        assert near(space.align(once, truth), once, 1e-10)


def shifted(array: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    """The array moved by whole samples, zeros moved in."""
    moved = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        origin = tuple(p - s for p, s in zip(place, shift, strict=True))
        if all(0 <= o < n for o, n in zip(origin, array.shape, strict=True)):
            moved[place] = array[origin]
    return moved


def test_shift_candidates_are_small_shifts(space: Space, rng: np.random.Generator) -> None:
    x = space.random(rng)
    moved = list(space.shift_candidates(x))
    counts = {"line": 4 * space.size // space.window.size, "disc": 8, "ball": 1, "plate": 8}
    assert len({x.tobytes() for x in moved}) == len(moved) == counts[space.name]
    for other in moved:
        assert other.shape == x.shape
        assert np.linalg.norm(other - x) > 0.01 * np.linalg.norm(x)


@pytest.mark.parametrize("step", [1, 2, -1])
def test_translate_expands_the_shifted_object(
    space: Space, rng: np.random.Generator, step: int
) -> None:
    """Each signal by itself where there are several end to end."""
    x = space.random(rng)
    for axis in range(space.ndim):
        shift = tuple(step if a == axis else 0 for a in range(space.ndim))
        part = space.window.shape if space.ndim == space.window.ndim else space.shape
        parts = space.render(x).reshape(-1, *part)
        moved = np.concatenate([shifted(part, shift) for part in parts])
        assert near(space.translate(x, shift), space.expand(moved))
    assert near(space.translate(x, (0,) * space.ndim), x)


def test_random_targets_differ_and_repeat(space: Space, rng: np.random.Generator) -> None:
    first, second = space.random(rng), space.random(rng)
    assert np.linalg.norm(first - second) > 0.05 * np.linalg.norm(first)
    again = space.random(np.random.default_rng(8))
    assert np.array_equal(again, space.random(np.random.default_rng(8)))


def test_the_quadrature_is_exact_for_products_of_three(
    space: Space, rng: np.random.Generator
) -> None:
    """It agrees with the same quadrature at poses that are all rotated by one more pose."""
    x = space.random(rng)
    poses, weights = space.quadrature()
    assert weights.sum() == pytest.approx(1, abs=1e-13)
    a, b, c = rng.integers(0, space.window.size, (3, 50))

    def mean(poses: np.ndarray) -> np.ndarray:
        shown = space.project(x, poses)
        return weights @ (shown[:, a] * shown[:, b] * shown[:, c])

    assert near(mean(elsewhere(space, poses, rng)), mean(poses))
    assert near(mean(space.randomly_rotated_poses(poses, rng)), mean(poses))


def elsewhere(space: Space, poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The poses, all rotated by one random pose: the mean over all poses does not feel it."""
    shift = space.random_poses(rng, 1)
    if space.name == "plate" or space.basis.startswith("classes"):
        return (poses + shift) % len(poses)  # the poses change names
    return rotations.compose(poses, shift) if space.name == "ball" else poses + shift


def test_resolution_levels_are_nested(space: Space, rng: np.random.Generator) -> None:
    *coarser, last = space.resolution_levels()
    assert last == space
    poses = space.random_poses(rng, 3)
    for level in coarser:
        assert level.size < space.size
        x = rng.standard_normal(level.size)
        padded = np.pad(x, (0, space.size - level.size))
        assert near(space.project(padded, poses), level.project(x, poses))


def test_no_data_tell_where_x_is_along_the_symmetries(
    space: Space, rng: np.random.Generator
) -> None:
    """A small step along them is undone by alignment, but for what is of second order."""
    x = space.random(rng)
    for slope in space.symmetries(x):
        step = 1e-3 * np.linalg.norm(x) / np.linalg.norm(slope) * slope
        left = np.linalg.norm(space.align(x + step, x) - x)
        assert left <= 2e-2 * np.linalg.norm(step)


def test_only_an_object_whose_place_is_free_is_recentred(
    space: Space, rng: np.random.Generator
) -> None:
    x = space.random(rng)
    assert np.array_equal(space.recentred(x), x) != space.place_is_free
