"""Images on a disc against the formulas of their basis, evaluated pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import jv

from mtdbench.spaces.image import Disc
from mtdbench.spaces.normal_matrix import normal_matrix

CASES = [(5, "auto"), (6, "auto"), (9, "bandlimit:0.7"), (12, "count:20"), (31, "count:40")]


@pytest.fixture(params=CASES, ids=str)
def disc(request: pytest.FixtureRequest) -> Disc:
    return Disc.from_basis(*request.param)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def rotate(disc: Disc, x: np.ndarray, angle: float) -> np.ndarray:
    """Coefficients of the rotated image: each pair of a cosine and a sine is rotated."""
    rotated, j = x.copy(), 0
    while j < disc.size:
        nu = disc.orders[j]
        if nu == 0:
            j += 1
            continue
        c, s = np.cos(nu * angle), np.sin(nu * angle)
        rotated[j], rotated[j + 1] = c * x[j] - s * x[j + 1], s * x[j] + c * x[j + 1]
        j += 2
    return rotated


def test_the_ten_functions_of_the_paper() -> None:
    disc = Disc.from_basis(5, "paper")
    assert disc == Disc.from_basis(5, "paper")
    assert disc.orders == (0, 1, 1, 2, 2, 0, 1, 1, 2, 2)
    roots = [2.405, 3.832, 3.832, 5.136, 5.136, 5.520, 7.016, 7.016, 8.417, 8.417]
    np.testing.assert_allclose(disc.roots, roots, atol=5e-4)
    auto = Disc.from_basis(5)
    assert (auto.orders, auto.roots) == (disc.orders, disc.roots)


@pytest.mark.parametrize("window", [5, 8, 15])
@pytest.mark.parametrize("limit", [0.5, 0.9, 1.0])
def test_a_bandlimit_takes_all_zeros_below_it(window: int, limit: float) -> None:
    disc = Disc.from_basis(window, f"bandlimit:{limit}")
    radius = (window + 1) / 2
    count = 0
    for nu in range(100):  # sign changes of J_nu up to the limit
        t = np.linspace(1e-6, limit * np.pi * radius, 20001)
        zeros = np.count_nonzero(np.diff(np.sign(jv(nu, t[t > nu / 2]))))
        count += zeros * (2 if nu else 1)
    assert disc.size == count
    assert list(disc.roots) == sorted(disc.roots)
    np.testing.assert_allclose(jv(disc.orders, disc.roots), 0, atol=1e-12)


@pytest.mark.parametrize("count", range(1, 18))
def test_a_count_never_splits_a_cosine_from_its_sine(count: int) -> None:
    disc = Disc.from_basis(5, f"count:{count}")
    most = Disc.from_basis(5, "bandlimit:1")
    assert disc.orders == most.orders[: disc.size]
    assert disc.roots == most.roots[: disc.size]
    assert disc.size in (count - 1, count)
    if disc.size < count:  # what comes next is a pair
        assert most.orders[disc.size] > 0
    assert all(np.count_nonzero(np.array(disc.orders) == nu) % 2 == 0 for nu in disc.orders if nu)


@pytest.mark.parametrize("window", range(5, 32))
def test_every_window_carries_its_own_basis(window: int) -> None:
    disc = Disc.from_basis(window)
    gram = disc.normal(np.ones((1, window**2)), disc.poses(1))
    assert np.sqrt(np.linalg.cond(gram)) < 1.5
    assert disc.size > 0.3 * np.pi / 4 * window**2  # much of what the pixels could tell


def test_values_are_those_of_the_formula(disc: Disc, rng: np.random.Generator) -> None:
    """f(r, theta - phi), with every function's norm on the disc integrated numerically."""
    x, angle = rng.standard_normal(disc.size), 0.7
    radius, centre = (disc.length + 1) / 2, (disc.length - 1) / 2
    rows, columns = np.indices((disc.length, disc.length)) - centre
    r, theta = np.hypot(rows, columns), np.arctan2(rows, columns)
    image, sine = np.zeros_like(r), False
    for nu, root, value in zip(disc.orders, disc.roots, x, strict=True):
        radial, _ = quad(lambda t: t * jv(nu, root * t / radius) ** 2, 0, radius)  # noqa: B023
        norm = np.sqrt(radial * (np.pi if nu else 2 * np.pi))
        wave = np.sin if sine else np.cos
        inside = np.where(r < radius, jv(nu, root * r / radius), 0)
        image += value * inside * wave(nu * (theta - angle)) / norm
        sine = nu > 0 and not sine
    shown = disc.project(x, np.array([[angle]])).reshape(image.shape)
    np.testing.assert_allclose(shown, image, atol=1e-10)


def test_rotated_coefficients_show_the_rotated_image(disc: Disc, rng: np.random.Generator) -> None:
    x, poses, angle = disc.random(rng), disc.random_poses(rng, 6), 1.234
    shown = disc.project(rotate(disc, x, angle), poses)
    np.testing.assert_allclose(shown, disc.project(x, poses + angle), atol=1e-11)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_permutes_the_pixels(
    disc: Disc, rng: np.random.Generator, quarters: int
) -> None:
    x = disc.random(rng)
    shown = disc.project(x, np.array([[quarters * np.pi / 2]]))[0]
    # From the axis of columns towards that of rows, as seen with rows downwards: clockwise.
    expected = np.rot90(disc.render(x), -quarters).ravel()
    np.testing.assert_allclose(shown, expected, atol=1e-11)


@settings(deadline=None, max_examples=40)
@given(st.floats(-10, 10), st.integers(0, 2**16))
def test_align_finds_any_rotation(angle: float, seed: int) -> None:
    for disc in (Disc.from_basis(5), Disc.from_basis(8)):
        truth = disc.random(np.random.default_rng(seed))
        aligned = disc.align(rotate(disc, truth, angle), truth)
        assert np.linalg.norm(aligned - truth) <= 1e-10 * np.linalg.norm(truth)


def test_align_beats_a_fine_grid(disc: Disc, rng: np.random.Generator) -> None:
    grid = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    for _ in range(3):
        truth, x = disc.random(rng), rng.standard_normal(disc.size)
        searched = min(np.linalg.norm(rotate(disc, x, a) - truth) for a in grid)
        found = disc.align(x, truth)
        assert np.linalg.norm(found - truth) <= searched + 1e-12
        j = disc.orders.index(1)  # and it is a rotation of x, by this angle
        angle = np.angle(complex(*found[j : j + 2]) / complex(*x[j : j + 2]))
        np.testing.assert_allclose(found, rotate(disc, x, angle), atol=1e-10)


def test_normal_in_several_chunks(rng: np.random.Generator) -> None:
    disc = Disc.from_basis(8, "count:3")
    poses = disc.random_poses(rng, 20)
    weights = rng.uniform(size=(20, 64))
    whole = disc.normal(weights, poses)
    for entries in (1, 7 * 64 * disc.size, 10**9):  # one pose, seven poses, all of them together
        parts = normal_matrix(disc.operator, weights, poses, disc.size, entries)
        np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_poses_are_equally_spaced_angles() -> None:
    disc = Disc.from_basis(5)
    np.testing.assert_allclose(disc.poses(8)[:, 0], np.arange(8) * np.pi / 4)


def test_random_poses_are_uniform(rng: np.random.Generator) -> None:
    angles = Disc.from_basis(5).random_poses(rng, 100_000)[:, 0]
    assert angles.min() >= 0
    assert angles.max() < 2 * np.pi
    counts = np.histogram(angles, 20, (0, 2 * np.pi))[0]
    chi_squared = np.sum((counts - 5000.0) ** 2 / 5000)
    assert chi_squared < 43.8  # 99.9 % quantile for 19 degrees of freedom


def test_one_pose_fewer_is_not_exact(rng: np.random.Generator) -> None:
    disc = Disc.from_basis(5)
    x = disc.random(rng)

    def third(count: int) -> np.ndarray:
        return np.mean(disc.project(x, disc.poses(count)) ** 3, axis=0)

    exact = third(50)
    assert len(disc.quadrature()[0]) == 7
    np.testing.assert_allclose(third(7), exact, rtol=1e-12)
    assert np.max(np.abs(third(6) / exact - 1)) > 1e-3


def test_random_images_have_the_norm_of_the_paper(rng: np.random.Generator) -> None:
    disc = Disc.from_basis(5)
    norms = [np.linalg.norm(disc.render(disc.random(rng))) for _ in range(50)]
    assert max(norms) <= 10  # before truncation it is 10
    assert min(norms) > 7


def test_norms_of_images_and_of_coefficients_are_close(rng: np.random.Generator) -> None:
    disc = Disc.from_basis(15)
    x = rng.standard_normal(disc.size)
    assert np.linalg.norm(disc.render(x)) == pytest.approx(np.linalg.norm(x), rel=0.02)


def test_translate_moves_what_is_away_from_the_rim() -> None:
    disc = Disc.from_basis(15)
    rows, columns = np.indices((15, 15))
    blob = np.exp(-((rows - 6) ** 2 + (columns - 8) ** 2) / 5.0)
    x = disc.expand(blob)
    moved = disc.render(disc.translate(x, (2, -1)))
    expected = np.exp(-((rows - 8) ** 2 + (columns - 7) ** 2) / 5.0)
    assert np.linalg.norm(moved - expected) < 0.02 * np.linalg.norm(expected)
