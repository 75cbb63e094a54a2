"""What neighbours add to the moments: the papers' formulas, and what measurements show."""

from itertools import product

import numpy as np
import pytest

from mtdbench.model.separations import displacements, separations
from mtdbench.moments.autocorrelations import lags, measured, model
from mtdbench.moments.neighbour_terms import crowded, crowding
from mtdbench.moments.symmetry import classes
from mtdbench.simulation import place
from mtdbench.spaces import Space, make_space


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

    geometry = lags(L, 1)
    found = moments(make_space("line", L), x, xi / rho, rho * L)
    paper = [rho * sum(x), *(ay2(lag) for lag in range(L))]
    paper += [ay3(int(l1), int(l2)) for l1, l2 in geometry.lags[geometry.pairs, 0].T]
    np.testing.assert_allclose(found, paper, rtol=1e-12)
    assert len(crowding(L, L, 1).members[0]) == 0


def test_images_against_a_loop_over_displacements() -> None:
    """Over all pairs and triplets of displacements, for a few of the lags."""
    L, gamma, space = 3, 0.2, make_space("disc", 3, "count:3")
    rng, geometry, known = np.random.default_rng(2), lags(3, 2), crowding(3, 3, 2)
    x, h = space.random(rng), rng.uniform(0.5, 2, known.count)
    poses, shares = space.quadrature()
    templates = space.project(x, poses)
    own = np.pad(templates.reshape(-1, L, L), ((0, 0), (2 * L, 2 * L), (2 * L, 2 * L)))
    mean = np.tensordot(shares, own, 1)
    near = {}
    for u, label in zip(displacements(L, 2), known.label, strict=True):
        near[tuple(u)] = near[tuple(-u)] = h[label]
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

    rho = gamma / L**2
    found = np.asarray(crowded(templates, h, gamma, geometry, shares)) * L**2
    shown = 0
    for i in rng.choice(geometry.pairs.shape[1], 12, replace=False):
        two, three = (part(*geometry.lags[geometry.pairs[:, i]]) for part in (pairs, triplets))
        assert found[1 + len(geometry.lags) + i] == pytest.approx(
            rho * two + rho**2 * three, rel=1e-10
        )
        shown += three > 0
    for i, lag in enumerate(geometry.lags):
        second = sum(weight * np.sum(mean * seen(other[u], lag)) for u, weight in near.items())
        assert found[1 + i] == pytest.approx(rho * second, rel=1e-10)
    assert shown > 1


def test_a_clean_signal_has_these_moments_exactly() -> None:
    """With the xi of its own placement; without xi they are more than a tenth off."""
    space = make_space("line", 6)
    x, corners, y = clean(space, 20000, 0.5, 3)
    xi = separations(corners, 6)
    gamma = len(corners) * 6 / len(y)
    found = measured(y, 6).values
    np.testing.assert_allclose(moments(space, x, xi / (gamma / 6), gamma), found, rtol=1e-11)
    assert np.linalg.norm(moments(space, x, 0 * xi, gamma) - found) > 0.1 * np.linalg.norm(found)


def test_clean_round_images_have_these_moments() -> None:
    """Second ones exactly, once summed over the sides of the square; of the third ones what is left
    beside pairs is what superposition says of triplets, to a tenth.
    """
    space = make_space("disc", 5)
    x, corners, y = clean(space, 1000, 0.2, 4)
    gamma, known, groups = len(corners) * 25 / y.size, crowding(5, 5, 2), classes(5, 2, flips=True)
    share = np.bincount(known.label, separations(corners, 5)) / np.bincount(known.label)
    h = share / (gamma / 25)
    found = groups.mean(measured(y, 5).values)
    full = groups.mean(moments(space, x, h, gamma))
    alone = moments(space, x, 0 * h, gamma)
    # what neighbours add is linear in xi but for the triplets, which go as its cube
    added, twice = (moments(space, x, k * h, gamma) - alone for k in (1, 2))
    triplets = groups.mean(twice - 2 * added) / 6
    second = slice(1, 1 + len(np.unique(groups.label[1 : 1 + len(lags(5, 2).lags)])))
    np.testing.assert_allclose(full[second], found[second], rtol=1e-11)
    left = found - (full - triplets)
    assert np.linalg.norm(left - triplets) < 0.1 * np.linalg.norm(left)
    assert np.linalg.norm(full - found) < 1e-3 * np.linalg.norm(found)
    assert np.linalg.norm(groups.mean(alone) - found) > 0.1 * np.linalg.norm(found)


@pytest.mark.parametrize(("ndim", "width", "count"), [(1, 5, 4), (1, 3, 2), (2, 5, 30), (2, 4, 21)])
def test_displacements_that_a_square_exchanges_are_one_class(
    ndim: int, width: int, count: int
) -> None:
    known, steps = crowding(5, width, ndim), displacements(5, ndim)
    assert known.count == count
    for u, label in zip(steps, known.label, strict=True):
        assert (label == count) == (np.abs(u).max() > 5 + width - 2)
        alike = np.all(np.sort(np.abs(steps), axis=1) == np.sort(np.abs(u)), axis=1)
        assert label == count or np.array_equal(known.label == label, alike)


def moments(space: Space, x: np.ndarray, h: np.ndarray, gamma: float) -> np.ndarray:
    """Of the measurement, all lags of the window."""
    geometry, (poses, shares) = lags(space.window, space.window.ndim), space.quadrature()
    templates = space.project(x, poses)
    added = np.asarray(crowded(templates, h, gamma, geometry, shares))
    return np.asarray(gamma * (model(templates, geometry, np, shares) + added))


def clean(
    space: Space, size: int, density: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A round object, the corners of its copies, and the measurement without noise."""
    rng, L, ndim = np.random.default_rng(seed), space.window, space.window.ndim
    x = space.random(rng)
    poses, shares = space.quadrature()
    image = shares @ space.project(x, poses)
    x = space.expand(image.reshape((L,) * ndim))
    corners = place(size, L, ndim, density, "arbitrary", rng)
    y = np.zeros((size,) * ndim)
    for corner in corners:
        y[tuple(slice(c, c + L) for c in corner)] += image.reshape((L,) * ndim)
    return x, corners, y
