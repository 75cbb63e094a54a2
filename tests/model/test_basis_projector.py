"""Laws of copies between samples and behind filters, in every space."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from mtdbench.model.basis_projector import BasisProjector
from mtdbench.model.filters import Convolution
from mtdbench.model.forward import ForwardModel
from mtdbench.model.fractions import Fractions
from mtdbench.model.normal_product import normal_product
from mtdbench.spaces import SPACES, Space, Window, make_space
from mtdbench.spaces.interpolation import linear_moves

Plate = runpy.run_path(str(Path(__file__).parents[1] / "plate.py"))["Plate"]
CATALOGUE = {**SPACES, "plate": Plate.from_basis}
ALL = [("line", 3, "auto"), ("line", 10, "auto"), ("line", 5, "classes:3"), ("plate", 4, "auto")]
ALL += [("disc", 5, "auto"), ("disc", 6, "auto"), ("disc", 9, "bandlimit:0.6")]
ALL += [("ball", 7, "degree:3"), ("ball", 8, "degree:2")]
POSES = 6


@pytest.fixture(scope="module", params=ALL, ids=lambda case: "-".join(map(str, case)))
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param, CATALOGUE)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def moved(space: Space, rng: np.random.Generator, fractions: np.ndarray) -> np.ndarray:
    """Random poses with these fractions."""
    return np.concatenate([space.random_poses(rng, len(fractions)), fractions], axis=1)


def some_fractions(space: Space, rng: np.random.Generator, grid: bool) -> np.ndarray:
    """Of a grid, so that rows share them, or all different."""
    shape = (POSES, space.window.ndim)
    fractions = rng.uniform(-0.5, 0.5, shape)
    return fractions[[0, 1, 1, 0, 1, 2]] if grid else fractions


@pytest.mark.parametrize("few", [0, 64])
@pytest.mark.parametrize("grid", [True, False])
def test_moved_projections_have_their_operator_adjoint_and_normal_matrix(
    space: Space, rng: np.random.Generator, grid: bool, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    projector = BasisProjector(space)
    bases, entries = BasisProjector.bases, 4 * projector.window.size * space.size
    monkeypatch.setattr(BasisProjector, "bases", lambda p, f: bases(p, f, few, entries))
    poses = moved(space, rng, some_fractions(space, rng, grid))
    x, size = rng.standard_normal(space.size), projector.window.size
    images, weights = rng.standard_normal((POSES, size)), rng.uniform(size=(POSES, size))
    operator = projector.operator(poses)
    shown = projector.project(x, poses)
    assert operator.shape == (POSES, size, space.size)
    np.testing.assert_allclose(operator @ x, shown, atol=1e-12)
    collected = projector.adjoint(images, poses)
    scale = np.linalg.norm(shown) * np.linalg.norm(images)
    assert abs(np.sum(shown * images) - x @ collected) <= 1e-12 * scale
    explicit = np.einsum("ksn,ks,ksm->nm", operator, weights, operator)
    found = projector.normal(weights, poses)
    np.testing.assert_allclose(found, explicit, atol=1e-12 * np.abs(explicit).max())


def test_a_copy_at_a_sample_is_that_of_the_space(space: Space, rng: np.random.Generator) -> None:
    """In the wider window, with nothing around it."""
    poses, x = space.random_poses(rng, POSES), space.random(rng)
    shown = BasisProjector(space).project(
        x, np.concatenate([poses, np.zeros((POSES, space.window.ndim))], axis=1)
    )
    bare = space.window.reshape(space.project(x, poses))
    margin = [(0, 0)] + [(space.move_margin,) * 2] * space.window.ndim
    expected = np.pad(bare, margin).reshape(POSES, -1)
    np.testing.assert_allclose(shown, expected, atol=1e-12 * np.abs(bare).max())


@pytest.mark.parametrize("between", [False, True])
def test_a_filter_acts_on_projections(
    space: Space, rng: np.random.Generator, between: bool
) -> None:
    """Whether it was applied to them or to the basis before."""
    kernel = Convolution(rng.standard_normal((5,) * space.window.ndim))
    projector, bare = BasisProjector(space, kernel, between), BasisProjector(space, between=between)
    poses = (
        moved(space, rng, some_fractions(space, rng, True))
        if between
        else (space.random_poses(rng, POSES))
    )
    x, images = space.random(rng), rng.standard_normal((POSES, projector.window.size))
    expected = kernel.apply(bare.project(x, poses), bare.window)
    np.testing.assert_allclose(projector.project(x, poses), expected, atol=1e-11)
    collected = bare.adjoint(kernel.adjoint(images, bare.window), poses)
    np.testing.assert_allclose(projector.adjoint(images, poses), collected, atol=1e-10)
    np.testing.assert_allclose(projector.operator(poses) @ x, expected, atol=1e-11)
    if not between:
        np.testing.assert_allclose(bare.project(x, poses), space.project(x, poses), atol=1e-12)


def test_a_whole_sample_is_two_halves(space: Space, rng: np.random.Generator) -> None:
    """What lies half a sample after a corner lies half a sample before the next one."""
    x, pose = space.random(rng), space.random_poses(rng, 1)
    projector, ndim = BasisProjector(space), space.window.ndim
    halves = np.full((1, ndim), 0.5)
    ahead, behind = (
        projector.window.reshape(projector.project(x, np.concatenate([pose, f], axis=1)))[0]
        for f in (halves, -halves)
    )
    if space.move_margin:
        inner = (slice(1, None),) * ndim, (slice(None, -1),) * ndim
        np.testing.assert_allclose(ahead[inner[0]], behind[inner[1]], atol=1e-12)
        assert np.all(ahead[(0,) * ndim] == 0)
    else:  # a box about the samples: what it covers at both places
        inner = (slice(1, None),) * ndim, (slice(None, -1),) * ndim
        np.testing.assert_allclose(ahead[inner[0]], behind[inner[1]], atol=1e-12)


def test_the_centre_of_mass_moves_by_the_fraction(rng: np.random.Generator) -> None:
    """A round image about the middle, whose moments a sum over samples gives nearly exactly."""
    space = make_space("disc", 9, "bandlimit:0.6")
    places = np.indices(space.shape) - 4
    x = space.expand(np.exp(-np.sum(places**2, axis=0) / 4))
    fraction = np.array([[0.3, -0.2]])
    projector = BasisProjector(space)
    image = projector.window.reshape(projector.project(x, moved(space, rng, fraction)))[0]
    centre = np.indices(image.shape).reshape(2, -1) @ image.ravel() / image.sum() - 5
    np.testing.assert_allclose(centre, fraction[0], atol=0.01)


def test_linear_moves_are_interpolation(rng: np.random.Generator) -> None:
    signal, f = rng.standard_normal(6), np.array([[0.3], [-0.45], [0.0]])
    window = Window((6,))
    for fraction, found in zip(f[:, 0], linear_moves(window, f) @ signal, strict=True):
        places = np.arange(-1, 7) - fraction
        expected = np.interp(places, np.arange(-1, 7), np.pad(signal, 1))
        np.testing.assert_allclose(found, expected, atol=1e-12)
    image, fraction = rng.standard_normal((3, 4)), np.array([[0.2, -0.4]])
    rows, columns = (linear_moves(Window((n,)), fraction[:, [i]])[0] for i, n in enumerate((3, 4)))
    found = linear_moves(Window((3, 4)), fraction)[0] @ image.ravel()
    np.testing.assert_allclose(found.reshape(5, 6), rows @ image @ columns.T, atol=1e-12)


@pytest.mark.parametrize("between", [False, True])
def test_the_normal_product_is_that_of_the_matrices(
    space: Space, rng: np.random.Generator, between: bool
) -> None:
    """Of two optics groups."""
    kernels = [Convolution(rng.standard_normal((3,) * space.window.ndim)) for _ in range(2)]
    fractions = Fractions(nodes=2) if between else None
    forward = ForwardModel(space, tuple(kernels), np.array([0, 1]), fractions=fractions)
    poses, x = forward.poses(POSES), rng.standard_normal(space.size)
    weights = [(k, rng.uniform(size=(len(poses), forward.support.size))) for k in (1, 0)]
    expected = sum(forward.normal(m, poses, k) for k, m in weights) @ x
    found = normal_product(forward, poses, weights)(x)
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.abs(expected).max())
