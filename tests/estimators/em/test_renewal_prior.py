"""The prior of overlaps with one and two copies: what it says, and the likeliest one."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize

from mtdbench.estimators.em.prior import density_of
from mtdbench.estimators.em.renewal_prior import RenewalPrior
from mtdbench.model.separations import separations
from mtdbench.simulation import place
from mtdbench.spaces import Window

WINDOWS = [2, 3, 5, 10]


def components(window: int, brute_force: SimpleNamespace) -> np.ndarray:
    """A of rho = A u, shape (overlaps, L + 1), by looking at copies at each distance."""
    gaps = [brute_force.within_gaps(window, gap) for gap in range(window, 2 * window)]
    empty = [0.0] * (len(gaps[0]) - 1) + [1.0]
    return np.array([*gaps, empty]).T


@pytest.mark.parametrize("window", WINDOWS)
def test_a_prior_is_a_mean_over_gaps(window: int, brute_force: SimpleNamespace) -> None:
    family, a = RenewalPrior(window), components(window, brute_force)
    assert family.count == len(a)
    u = np.random.default_rng(0).dirichlet(np.ones(window + 1))
    rho = family.rho(u)
    np.testing.assert_allclose(rho, a @ u, rtol=1e-13)
    assert rho.sum() == pytest.approx(1, rel=1e-14)
    np.testing.assert_allclose(family.shares(rho), u, rtol=1e-12)


def test_the_prior_is_what_windows_of_a_closed_line_see(brute_force: SimpleNamespace) -> None:
    """At all places, exactly: stationarity is the only thing that the prior takes for granted."""
    window, size, family = 5, 3000, RenewalPrior(5)
    corners = place(
        size - 2 * window, Window((window,)), 0.5, "arbitrary", np.random.default_rng(3)
    )
    number = {state: v for v, state in enumerate(brute_force.states(window))}
    rho, starts = np.zeros(family.count), set(corners[:, 0].tolist())
    for patch in range(size):
        near = [s for s in range(1 - window, window) if (patch + s) % size in starts]
        rho[number[tuple(near)]] += 1 / size
    np.testing.assert_allclose(family.rho(family.shares(rho)), rho, atol=1e-13)
    np.testing.assert_allclose(
        family.separations(rho), separations(corners, Window((window,))), atol=1e-13
    )
    density = len(corners) * window / size
    assert density_of(rho, Window((window,))) == pytest.approx(density, rel=1e-12)


@pytest.mark.parametrize("scarce", [1.0, 0.05])
@pytest.mark.parametrize("window", WINDOWS)
def test_no_prior_is_likelier_than_the_fitted(
    window: int, scarce: float, brute_force: SimpleNamespace
) -> None:
    """The conditions that hold at the maximum alone: sum_v w_v A_vi / rho_v = 1 for every i."""
    family, a = RenewalPrior(window), components(window, brute_force)
    rng = np.random.default_rng(window)
    for _ in range(20):
        w = rng.dirichlet(np.full(family.count, scarce))
        rho = family.fitted(w)
        assert rho.sum() == pytest.approx(1, rel=1e-13)
        u = family.shares(rho)
        slope = a.T @ (w / rho)
        np.testing.assert_allclose((slope - 1) * u, 0, atol=1e-9)
        assert slope.max() < 1 + 1e-6


@pytest.mark.parametrize("window", [2, 5, 8])
def test_the_fitted_prior_is_that_of_a_general_solver(
    window: int, brute_force: SimpleNamespace
) -> None:
    family, a = RenewalPrior(window), components(window, brute_force)
    w = np.random.default_rng(1).dirichlet(np.ones(family.count))

    def cost(t: np.ndarray) -> tuple[float, np.ndarray]:
        u = np.exp(t - t.max())
        u /= u.sum()
        slope = a.T @ (w / (a @ u))
        return -float(w @ np.log(a @ u)), -u * (slope - u @ slope)

    found = minimize(cost, np.zeros(window + 1), jac=True, tol=1e-14, options={"maxiter": 5000})
    fitted = family.fitted(w)
    assert w @ np.log(fitted) >= -found.fun - 1e-14
    u = np.exp(found.x - found.x.max())
    np.testing.assert_allclose(fitted, a @ (u / u.sum()), atol=1e-5)


def test_weights_of_a_prior_give_it_back() -> None:
    family = RenewalPrior(6)
    rho = family.rho(np.random.default_rng(2).dirichlet(np.ones(7)))
    np.testing.assert_allclose(family.fitted(rho), rho, rtol=1e-9)


@pytest.mark.parametrize("kind", ["all empty", "no pairs", "no empty", "one pair"])
def test_overlaps_without_weight_leave_a_prior(kind: str) -> None:
    """Some entries go to nothing, none below; the rest is what its weights say."""
    family = RenewalPrior(5)
    w = np.zeros(family.count)
    if kind == "all empty":
        w[-1] = 1
    elif kind == "no pairs":
        w[:9], w[-1] = 0.7 / 9, 0.3
    elif kind == "no empty":
        w[:-1] = 1 / (family.count - 1)
    else:
        w[[9, 4]] = 0.5
    rho = family.fitted(w)
    assert np.all(rho > 0)
    assert rho.sum() == pytest.approx(1, rel=1e-13)
    assert rho[-1] == pytest.approx(w[-1], abs=1e-12)
    if kind == "no pairs":
        np.testing.assert_allclose(rho, w, atol=1e-12)


@pytest.mark.parametrize("density", [0.05, 0.3, 0.6, 0.9])
def test_the_first_prior_is_of_copies_at_random(density: float) -> None:
    """Each sample after the end of a copy begins the next one with the same probability."""
    family, window = RenewalPrior(7), Window((7,))
    rho = family.at(density)
    assert rho.sum() == pytest.approx(1)
    assert np.all(rho > 0)
    assert density_of(rho, window) == pytest.approx(density)
    rng = np.random.default_rng(0)
    gaps = 7 + rng.geometric(1 / (1 + 7 / density - 7), 400_000) - 1
    corners = np.cumsum(gaps)[:, None]
    assert len(corners) * 7 / gaps.sum() == pytest.approx(density, rel=0.01)
    np.testing.assert_allclose(family.separations(rho), separations(corners, window), atol=0.004)
