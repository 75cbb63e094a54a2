"""What neighbours add to the moments: the papers' formulas, and what measurements show."""

from itertools import product

import numpy as np
import pytest

from mtdbench.model.separations import displacements, separations
from mtdbench.moments.autocorrelations import lags, model_moments
from mtdbench.moments.measured_moments import measured_moments
from mtdbench.moments.neighbour_terms import neighbour_geometry, neighbour_terms
from mtdbench.moments.symmetry import lag_orbits
from mtdbench.simulation import place
from mtdbench.spaces import Space, Window, make_space


def test_signals_have_the_moments_of_the_paper() -> None:
    """The sums of Lan, Bendory, Boumal, Singer, for 0 <= l1 <= l2 < L."""
    L, rho = 6, 0.07
    rng = np.random.default_rng(1)
    x, xi = rng.uniform(size=L), rng.uniform(0, 0.1, L - 1)

    def ax2(lag: int) -> float:
        return sum(x[i] * x[i + lag] for i in range(L - lag))

    def ax3(l1: int, l2: int) -> float:
        return sum(x[i] * x[i + l1] * x[i + l2] for i in range(L - l2))

    def ay2(lag: int) -> float:
        return rho * ax2(lag) + rho * sum(xi[j] * ax2(L + j - lag) for j in range(lag))

    def ay3(l1: int, l2: int) -> float:
        behind = sum(xi[j] * ax3(L + j - l2, L + j - l2 + l1) for j in range(l2 - l1))
        before = sum(xi[j] * ax3(l2 - l1, L + j - l1) for j in range(l1))
        return rho * (ax3(l1, l2) + behind + before)

    window = Window((L,))
    geometry = lags(window)
    found = moments(make_space("line", L), x, xi / rho, rho * L)
    paper = [rho * sum(x), *(ay2(lag) for lag in range(L))]
    paper += [ay3(int(l1), int(l2)) for l1, l2 in geometry.lags[geometry.pairs, 0].T]
    np.testing.assert_allclose(found, paper, rtol=1e-12)
    assert len(neighbour_geometry(window, window).members[0]) == 0


def of_disc(length: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Templates of an image in all poses, and their shares."""
    space = make_space("disc", length, "count:3")
    poses, shares = space.quadrature()
    return space.project(space.random(rng), poses), shares


def with_reversals(window: Window, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two templates and what they look like with axes reversed: all that unequal sides allow."""
    images = 1 + rng.standard_normal((2, *window.shape))
    axes = [(), (1,), (2,), (1, 2)]
    every = np.stack([np.flip(images, axis) for axis in axes])
    return every.reshape(8, -1), np.tile([0.1, 0.15], 4)


@pytest.mark.parametrize(
    ("shape", "sides"),
    [((3, 3), (3, 3)), ((2, 3), (2, 3)), ((3, 2), (2, 2)), ((3, 4), (3, 3))],
    ids=str,
)
def test_images_against_a_loop_over_displacements(
    shape: tuple[int, ...], sides: tuple[int, ...]
) -> None:
    """Over all pairs and triplets of displacements, for a few of the lags."""
    window, box, gamma, rng = Window(shape), Window(sides), 0.2, np.random.default_rng(2)
    equal = len(set(shape)) == 1
    templates, shares = of_disc(shape[0], rng) if equal else with_reversals(window, rng)
    geometry, known = lags(box), neighbour_geometry(window, box)
    h = rng.uniform(0.5, 2, known.count)
    own = np.pad(window.reshape(templates), ((0, 0), *((2 * side, 2 * side) for side in shape)))
    mean = np.tensordot(shares, own, 1)
    near = {}
    for u, label in zip(displacements(window), known.label, strict=True):
        near[tuple(u)] = near[tuple(-u)] = np.append(h, 0.0)[label]
    other = {u: np.roll(mean, u, (0, 1)) for u in near}

    def seen(image: np.ndarray, lag: np.ndarray) -> np.ndarray:
        return np.roll(image, -lag, (-2, -1))  # image(r + lag) at r

    def pairs(a: np.ndarray, b: np.ndarray) -> float:
        o, total = 0 * a, 0.0
        for on, also, off in ((o, a, b), (o, b, a), (a, b, o)):
            both = np.tensordot(shares, seen(own, on) * seen(own, also), 1)
            total += sum(weight * np.sum(both * seen(other[u], off)) for u, weight in near.items())
        return total

    def triplets(a: np.ndarray, b: np.ndarray) -> float:
        total = 0.0
        for u, v in product(near, repeat=2):
            apart = (v[0] - u[0], v[1] - u[1])
            if apart in near:
                samples = np.sum(mean * seen(other[u], a) * seen(other[v], b))
                total += near[u] * near[v] * near[apart] * samples
        return total

    rho = gamma / window.size
    terms = neighbour_terms(templates, h, gamma, geometry, window, shares)
    found, shown = np.asarray(terms) * window.size, 0
    crowded = np.flatnonzero(known.triplet < known.members.shape[1])
    alone = np.flatnonzero(known.triplet == known.members.shape[1])
    for i in [*rng.permutation(crowded)[:10], *rng.permutation(alone)[:4]]:
        two, three = (part(*geometry.lags[geometry.pairs[:, i]]) for part in (pairs, triplets))
        assert found[1 + len(geometry.lags) + i] == pytest.approx(
            rho * two + rho**2 * three, rel=1e-10
        )
        shown += abs(three) > 1e-12
    for i, lag in enumerate(geometry.lags):
        second = sum(weight * np.sum(mean * seen(other[u], lag)) for u, weight in near.items())
        assert found[1 + i] == pytest.approx(rho * second, rel=1e-10)
    assert shown > 1


def test_a_clean_signal_has_these_moments_exactly() -> None:
    """With the xi of its own placement; without xi they are more than a tenth off."""
    space = make_space("line", 6)
    x, corners, y = clean(space, 20000, 0.5, 3)
    xi = separations(corners, space.window)
    gamma = len(corners) * 6 / len(y)
    found = measured_moments(y[None], space.window).values
    np.testing.assert_allclose(moments(space, x, xi / (gamma / 6), gamma), found, rtol=1e-11)
    assert np.linalg.norm(moments(space, x, 0 * xi, gamma) - found) > 0.1 * np.linalg.norm(found)


def test_clean_round_images_have_these_moments() -> None:
    """Second ones exactly, once summed over the sides of the square; of the third ones what is left
    beside pairs is what superposition says of triplets, to a tenth.
    """
    space = make_space("disc", 5)
    x, corners, y = clean(space, 1000, 0.2, 4)
    window, gamma = space.window, len(corners) * 25 / y.size
    known, groups = neighbour_geometry(window, window), lag_orbits(window, flips=True)
    share = np.bincount(known.label, separations(corners, window)) / np.bincount(known.label)
    h = share / (gamma / 25)
    found = groups.mean(measured_moments(y[None], window).values)
    full = groups.mean(moments(space, x, h, gamma))
    alone = moments(space, x, 0 * h, gamma)
    # what neighbours add is linear in xi but for the triplets, which go as its cube
    added, twice = (moments(space, x, k * h, gamma) - alone for k in (1, 2))
    triplets = groups.mean(twice - 2 * added) / 6
    second = slice(1, 1 + len(np.unique(groups.label[1 : 1 + len(lags(window).lags)])))
    np.testing.assert_allclose(full[second], found[second], rtol=1e-11)
    left = found - (full - triplets)
    assert np.linalg.norm(left - triplets) < 0.1 * np.linalg.norm(left)
    assert np.linalg.norm(full - found) < 1e-3 * np.linalg.norm(found)
    assert np.linalg.norm(groups.mean(alone) - found) > 0.1 * np.linalg.norm(found)


@pytest.mark.parametrize(
    ("shape", "sides", "count"),
    [
        ((5,), (5,), 4),
        ((5,), (3,), 2),
        ((5, 5), (5, 5), 30),
        ((5, 5), (4, 4), 21),
        ((3, 5), (3, 5), 30),  # 5 x 9 sides, without those of 3 x 5
        ((3, 5), (3, 3), 20),
    ],
    ids=str,
)
def test_displacements_that_symmetry_exchanges_are_one_class(
    shape: tuple[int, ...], sides: tuple[int, ...], count: int
) -> None:
    window = Window(shape)
    known, steps = neighbour_geometry(window, Window(sides)), displacements(window)
    reach = np.add(shape, sides) - 2
    square = len(set(shape)) == 1
    assert known.count == count
    for u, label in zip(steps, known.label, strict=True):
        assert (label == count) == bool(np.any(np.abs(u) > reach))
        both = np.abs(steps), np.abs(u)
        left, right = (np.sort(one, axis=-1) for one in both) if square else both
        alike = np.all(left == right, axis=1)
        assert label == count or np.array_equal(known.label == label, alike)


def moments(space: Space, x: np.ndarray, h: np.ndarray, gamma: float) -> np.ndarray:
    """Of the measurement, all lags of the window."""
    window, (poses, shares) = space.window, space.quadrature()
    geometry, templates = lags(window), space.project(x, poses)
    alone = model_moments(templates, geometry, window, np, shares)
    added = np.asarray(neighbour_terms(templates, h, gamma, geometry, window, shares))
    return np.asarray(gamma * (alone + added))


def clean(
    space: Space, size: int, density: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A round object, the corners of its copies, and the measurement without noise."""
    rng, window = np.random.default_rng(seed), space.window
    x = space.random(rng)
    poses, shares = space.quadrature()
    image = window.reshape(shares @ space.project(x, poses))
    x = space.expand(image)
    corners = place(size, window, density, "arbitrary", rng)
    y = np.zeros((size,) * window.ndim)
    for corner in corners:
        y[tuple(map(slice, corner, corner + window.shape))] += image
    return x, corners, y
