"""The prior of crowded patches: what it says about sets of copies, and the likeliest one."""

from types import SimpleNamespace

import numpy as np
import pytest

from mtdbench.estimators.em.hard_core_prior import HardCorePrior
from mtdbench.estimators.em.prior import density_of, mean_prior
from mtdbench.simulation import place
from mtdbench.spaces import Window

WINDOWS = [(2, 2), (2, 3)]
DENSITIES = [0.01, 0.3, 0.6]


def law(rho: np.ndarray, sets: list[list[int]]) -> np.ndarray:
    """The probability of each set of copies."""
    return np.array([rho[-1] * np.prod(rho[c] / rho[-1]) for c in sets])


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("shape", WINDOWS, ids=str)
def test_sets_of_copies_have_probabilities_and_places_are_alike(
    shape: tuple[int, ...], density: float, brute_force: SimpleNamespace
) -> None:
    window = Window(shape)
    rho, sets = HardCorePrior(window).at(density), brute_force.crowds(shape)
    probabilities = law(rho, sets)
    assert probabilities.sum() == pytest.approx(1, rel=1e-12)
    seen = np.zeros(len(window.shifts))
    for crowd, probability in zip(sets, probabilities, strict=True):
        seen[crowd] += probability
    np.testing.assert_allclose(seen, density / window.size, rtol=1e-4)


@pytest.mark.parametrize("shape", WINDOWS, ids=str)
def test_a_prior_is_its_density(shape: tuple[int, ...]) -> None:
    family = HardCorePrior(Window(shape))
    for density in DENSITIES:
        rho = family.at(density)
        assert len(rho) == family.count
        assert density_of(rho, family.window, crowded=True) == pytest.approx(density, rel=1e-12)
        np.testing.assert_allclose(family.rho(family.shares(rho)), rho, rtol=1e-9)
    several = [family.at(density) for density in (0.2, 0.3)]
    np.testing.assert_allclose(mean_prior(several, family), family.at(0.25), rtol=1e-9)


@pytest.mark.parametrize("shape", WINDOWS, ids=str)
def test_no_density_is_likelier_than_the_fitted(shape: tuple[int, ...]) -> None:
    family, rng = HardCorePrior(Window(shape)), np.random.default_rng(3)

    def value(rho: np.ndarray) -> float:
        return float(n @ np.log(rho[:-1] / rho[-1]) + np.log(rho[-1]))

    for mean in (0.02, 0.3, 0.6):
        n = rng.uniform(0.5, 1.5, family.count - 1) * mean / family.window.size
        best = family.fitted(np.append(n, 0.5))
        density = family.shares(best)[0]
        others = [value(family.at(density * factor)) for factor in (0.9, 0.999, 1.001, 1.1)]
        assert max(others) < value(best) + 1e-9


def test_windows_of_crowded_copies_see_what_the_prior_says(brute_force: SimpleNamespace) -> None:
    """Copies that are placed one after the other are no such gas; it comes near to them."""
    window, rng, size = Window((3, 3)), np.random.default_rng(1), 400
    corners = place(size, window, 0.4, "arbitrary", rng)
    taken = np.zeros((size, size), dtype=bool)
    taken[tuple(corners.T)] = True
    patches = rng.integers(3, size - 6, (20_000, 2))
    index = patches[:, None] + window.shifts
    seen = taken[index[..., 0], index[..., 1]]
    numbers = np.bincount(seen.sum(axis=1), minlength=5) / len(seen)
    family = HardCorePrior(window)
    assert numbers[3:].sum() > 0.025  # two copies are not enough
    assert family.at(0.4)[-1] == pytest.approx(numbers[0], abs=0.02)
    fitted = family.fitted(np.append(seen.mean(axis=0), numbers[0]))
    assert family.shares(fitted)[0] == pytest.approx(0.4, rel=0.02)
