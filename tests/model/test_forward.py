"""What the instrument shows of a copy: the trivial model is the space, the others are linear."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.signal import convolve

from mtdbench import InputError, Measurement
from mtdbench.model.filters import Convolution, Filter, Identity
from mtdbench.model.forward import ForwardModel
from mtdbench.model.pose_law import UniformPoses, WeightedPoses
from mtdbench.spaces import Space, Window, make_space

SPACES = [("line", 5, "auto"), ("line", 4, "classes:2"), ("disc", 5, "auto"), ("ball", 5, "auto")]
GROUPS = np.array([1, 0, 1, 2])  # of four micrographs


@pytest.fixture(params=SPACES, ids=lambda case: "-".join(map(str, case)))
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def optics(space: Space) -> ForwardModel:
    """A kernel for each of three groups, a background, weighted poses and a mask."""
    rng, ndim = np.random.default_rng(1), space.window.ndim
    kernels = [rng.standard_normal((3,) * ndim) for _ in range(3)]
    measured = rng.uniform(size=(4, *(17, 20)[:ndim])) > 0.01
    measured[0, :2] = False
    return ForwardModel(
        space,
        filters=tuple(map(Convolution, kernels)),
        groups=GROUPS,
        background=0.5,
        pose_law=WeightedPoses(lambda poses: (1.0 + np.arange(len(poses))) / len(poses)),
        measured=measured,
    )


def measured_stack(forward: ForwardModel, rng: np.random.Generator) -> np.ndarray:
    assert forward.measured is not None
    return rng.standard_normal(forward.measured.shape)


def test_the_trivial_model_is_the_space_to_the_bit(space: Space, rng: np.random.Generator) -> None:
    forward, poses, x = ForwardModel(space), space.random_poses(rng, 4), space.random(rng)
    assert forward.features == frozenset()
    assert (forward.margin, forward.support) == (0, space.window)
    assert forward.pose_weights(poses) is None
    images = rng.standard_normal((4, space.window.size))
    for found, expected in [
        (forward.project(x, poses), space.project(x, poses)),
        (forward.operator(poses), space.operator(poses)),
        (forward.adjoint(images, poses), space.adjoint(images, poses)),
        (forward.normal(images**2, poses), space.normal(images**2, poses)),
    ]:
        assert np.array_equal(found, expected)
    drawn = forward.pose_law.random(space, np.random.default_rng(0), 3)
    assert np.array_equal(drawn, space.random_poses(np.random.default_rng(0), 3))


def test_what_is_not_trivial_is_named(space: Space) -> None:
    full = optics(space)
    assert full.features == {"filter", "background", "pose law", "mask"}
    parts = {
        "filter": ForwardModel(space, filters=full.filters),
        "background": ForwardModel(space, background=0.5),
        "pose law": ForwardModel(space, pose_law=full.pose_law),
        "mask": ForwardModel(space, measured=full.measured),
    }
    assert all(forward.features == {name} for name, forward in parts.items())
    assert ForwardModel(space, filters=(Identity(), Identity())).features == frozenset()


@pytest.mark.parametrize("group", [0, 1, 2])
def test_copies_are_shown_through_the_filter_of_their_group(
    space: Space, group: int, rng: np.random.Generator
) -> None:
    forward, poses, x = optics(space), space.random_poses(rng, 3), space.random(rng)
    assert forward.support == space.window.grown(1)
    shown = forward.support.reshape(forward.project(x, poses, group))
    for image, bare in zip(shown, space.window.reshape(space.project(x, poses)), strict=True):
        kernel = forward.filters[group].kernel
        np.testing.assert_allclose(image, convolve(bare, kernel, method="direct"), atol=1e-12)


@pytest.mark.parametrize("group", [0, 2])
def test_projection_has_its_operator_adjoint_and_normal_matrix(
    space: Space, group: int, rng: np.random.Generator
) -> None:
    forward, poses = optics(space), space.random_poses(rng, 4)
    x, size = rng.standard_normal(space.size), forward.support.size
    images, weights = rng.standard_normal((4, size)), rng.uniform(size=(4, size))
    operator = forward.operator(poses, group)
    assert operator.shape == (4, size, space.size)
    shown = forward.project(x, poses, group)
    np.testing.assert_allclose(operator @ x, shown, atol=1e-12)
    collected = forward.adjoint(images, poses, group)
    assert np.sum(shown * images) == pytest.approx(x @ collected, rel=1e-12, abs=1e-12)
    explicit = np.einsum("ksn,ks,ksm->nm", operator, weights, operator)
    found = forward.normal(weights, poses, group)
    np.testing.assert_allclose(found, explicit, atol=1e-12 * np.abs(explicit).max())


@pytest.mark.parametrize("shape", [(4,), (3, 5), (4, 2)], ids=str)
@pytest.mark.parametrize("side", [1, 3, 5])
def test_filters_of_windows_with_unequal_sides(
    shape: tuple[int, ...], side: int, rng: np.random.Generator
) -> None:
    window, kernel = Window(shape), rng.standard_normal((side,) * len(shape))
    each: Filter = Convolution(kernel)
    wide = window.grown(each.margin)
    images, others = (
        rng.standard_normal((2, 3, window.size)),
        rng.standard_normal((2, 3, wide.size)),
    )
    shown = each.apply(images, window)
    assert shown.shape == others.shape
    for index in np.ndindex(2, 3):
        exact = convolve(window.reshape(images[index]), kernel, method="direct")
        np.testing.assert_allclose(wide.reshape(shown[index]), exact, atol=1e-12)
    assert np.sum(shown * others) == pytest.approx(np.sum(images * each.adjoint(others, window)))
    assert np.array_equal(Identity().adjoint(Identity().apply(images, window), window), images)


def test_patches_are_those_of_each_group_without_background(
    space: Space, rng: np.random.Generator
) -> None:
    """Each patch once, in the group of its micrograph: first those that were measured whole, then
    those that were in part, with NaN for what was not; none of which nothing was measured.
    """
    forward = optics(space)
    stack, sides = measured_stack(forward, rng), forward.support.shape
    expected: dict[tuple[int, bool], list[np.ndarray]] = {}
    for m, group in enumerate(GROUPS):
        ranges = [range(0, n - s + 1, s) for n, s in zip(stack.shape[1:], sides, strict=True)]
        for corner in product(*ranges):
            here = (m, *(slice(c, c + s) for c, s in zip(corner, sides, strict=True)))
            seen = forward.measured[here].ravel()
            if seen.any():
                patch = np.where(seen, stack[here].ravel() - 0.5, np.nan)
                expected.setdefault((int(group), bool(seen.all())), []).append(patch)
    found = {(k, patches.measured is None): patches for k, patches in forward.patches(stack)}
    assert set(found) == set(expected)
    assert {whole for _, whole in found} == {True, False}
    for key, patches in found.items():
        contents = np.concatenate(list(patches.chunks(5, np.float64)))
        np.testing.assert_array_equal(contents, expected[key])


def test_a_mask_that_leaves_nothing_is_refused(space: Space) -> None:
    stack = np.zeros((1, *space.window.shape))
    with pytest.raises(InputError, match="leaves no sample"):
        ForwardModel(space, measured=np.zeros(stack.shape, dtype=bool)).patches(stack)


def test_patches_of_one_group_are_all(space: Space, rng: np.random.Generator) -> None:
    stack = rng.standard_normal((2, *(17, 20)[: space.window.ndim]))
    ((group, patches),) = ForwardModel(space).patches(stack)
    assert group == 0
    assert patches.chosen is None
    assert np.shares_memory(patches.stack, stack)


def test_what_is_shown_is_what_was_placed(space: Space, rng: np.random.Generator) -> None:
    """At the rim too: there the margin of a copy was not measured."""
    forward, window, x = optics(space), space.window, space.random(rng)
    stack = np.zeros(measured_stack(forward, rng).shape)
    corners = np.array([(0,) * window.ndim, np.array(stack.shape[1:]) - window.shape])
    micrographs, poses = np.array([1, 2]), space.random_poses(rng, 2)
    images = [
        forward.project(x, pose[None], int(forward.group_of(micrographs)[t]))[0]
        for t, pose in enumerate(poses)
    ]
    for m, corner, image in zip(micrographs, corners, images, strict=True):
        padded = np.zeros(np.array(stack.shape[1:]) + 2)
        padded[tuple(map(slice, corner, corner + forward.support.shape))] = forward.support.reshape(
            image
        )
        stack[m] += padded[(slice(1, -1),) * window.ndim]
    stack += forward.background
    shown, seen = forward.shown(stack, micrographs, corners)
    assert seen.dtype == bool
    assert not seen.all()
    np.testing.assert_allclose(shown, np.where(seen, images, 0), atol=1e-12)
    for m, corner, mask in zip(micrographs, corners, seen, strict=True):
        for place, known in zip(forward.support.grid - 1, mask, strict=True):
            sample = tuple(corner + place)
            inside = all(0 <= i < n for i, n in zip(sample, stack.shape[1:], strict=True))
            assert known == (inside and forward.measured[(m, *sample)])


def test_without_optics_all_of_a_copy_is_shown(space: Space, rng: np.random.Generator) -> None:
    stack = rng.standard_normal((2, *(17, 20)[: space.window.ndim]))
    corners, micrographs = np.array([(3,) * space.window.ndim] * 2), np.array([0, 1])
    shown, seen = ForwardModel(space).shown(stack, micrographs, corners)
    assert seen.all()
    for m, image in zip(micrographs, shown, strict=True):
        box = tuple(slice(3, 3 + side) for side in space.window.shape)
        assert np.array_equal(image, stack[m][box].ravel())


def test_weights_of_poses_are_their_share(space: Space) -> None:
    weights = optics(space).pose_weights(space.poses(4))
    rising = np.arange(1.0, len(weights) + 1)
    np.testing.assert_allclose(weights, rising / rising.sum())
    assert UniformPoses().weights(space.poses(4)) is None


def test_drawn_poses_have_the_density_of_their_law(rng: np.random.Generator) -> None:
    """1 + cos of an angle, in four quarters of the circle."""
    space = make_space("disc", 5)
    law = WeightedPoses(lambda poses: (1 + np.cos(poses[:, 0])) / 2)
    drawn = law.random(space, rng, 20_000)
    assert drawn.shape == (20_000, 1)
    counts = np.histogram(drawn[:, 0] % (2 * np.pi), np.linspace(0, 2 * np.pi, 5))[0]
    exact = np.array([np.pi / 2 + 1, np.pi / 2 - 1, np.pi / 2 - 1, np.pi / 2 + 1]) / (2 * np.pi)
    np.testing.assert_allclose(counts / 20_000, exact, atol=4 * 0.5 / np.sqrt(20_000))


def test_filters_of_unequal_margins_are_refused() -> None:
    space = make_space("disc", 5)
    filters = (Convolution(np.ones((3, 3))), Convolution(np.ones((5, 5))))
    with pytest.raises(InputError, match=r"margins \[1, 2\]: expected one margin"):
        ForwardModel(space, filters=filters)
    with pytest.raises(InputError, match="margins"):
        ForwardModel(space, filters=())


@pytest.mark.parametrize("groups", [[0, 2], [-1, 0]])
def test_groups_without_a_filter_are_refused(groups: list[int]) -> None:
    filters = (Identity(), Identity())
    with pytest.raises(InputError, match=r"optics groups .*: expected 0 to 1"):
        ForwardModel(make_space("line", 5), filters=filters, groups=np.array(groups))


@pytest.mark.parametrize("number", [1, 2])
def test_half_a_measurement_keeps_its_groups_and_its_mask(
    space: Space, number: int, rng: np.random.Generator
) -> None:
    forward = optics(space)
    stack, part = measured_stack(forward, rng), slice(0, 2) if number == 1 else slice(2, 4)
    half = Measurement(stack, space, 1.0, forward=forward).half(number)
    assert np.array_equal(half.forward.measured, forward.measured[part])
    assert np.array_equal(half.forward.groups, GROUPS[part])
    assert half.forward.features == forward.features
    one = replace(forward, groups=GROUPS[:1], measured=forward.measured[:1])
    rows = slice(0, 8) if number == 1 else slice(8, 17)
    half = Measurement(stack[0], space, 1.0, forward=one).half(number)
    assert np.array_equal(half.forward.measured, one.measured[:, rows])
    assert half.forward.measured.shape == half.stack.shape


@pytest.mark.parametrize("wrong", ["space", "groups", "mask"])
def test_a_model_of_another_measurement_is_refused(
    space: Space, wrong: str, rng: np.random.Generator
) -> None:
    forward = optics(space)
    others = {
        "space": ForwardModel(make_space("line", 7)),
        "groups": replace(forward, groups=GROUPS[:3]),
        "mask": replace(forward, measured=forward.measured[:, :9]),
    }
    with pytest.raises(InputError, match=rf"{wrong}.*expected"):
        Measurement(measured_stack(forward, rng), space, 1.0, forward=others[wrong])
