"""The E-step of whole micrographs against the sum over all sets of copies and poses."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from tests.likelihood.test_belief_propagation import Place, sets_of_places

from mtdbench.likelihood.e_step import Statistics
from mtdbench.likelihood.gas_alone import log_partition_alone
from mtdbench.likelihood.micrograph_source import MicrographSource
from mtdbench.likelihood.place_pass import Copies, log_ratio
from mtdbench.likelihood.screen import Screen, screened
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window


@dataclass
class Micrograph:
    """A measurement y, where it was measured, and what is asked of it."""

    y: np.ndarray
    measured: np.ndarray
    window: Window
    least: Place
    templates: np.ndarray
    weights: np.ndarray
    sigma: float = 0.8
    background: float = 0.3
    activity: float = 0.25

    @property
    def source(self) -> MicrographSource:
        mask = None if self.measured.all() else self.measured[None]
        y = np.where(self.measured, self.y + self.background, np.nan)[None]
        patches = Patches(y, self.window, background=self.background, measured=mask)
        return MicrographSource.of(patches, self.least, np.float64)

    @property
    def statistics(self) -> Statistics:
        prior = np.array([self.activity, 1.0])
        given = self.templates, prior, self.sigma, overlaps(self.window), self.weights
        return self.source.statistics(*given)

    @property
    def places(self) -> Place:
        sides = zip(self.y.shape, self.window.shape, strict=True)
        return tuple(n - length + 1 for n, length in sides)

    def loglik(self, places: tuple[Place, ...], poses: tuple[int, ...]) -> float:
        """log p(y, poses | places)."""
        mean = np.zeros(self.y.shape)
        for place, g in zip(places, poses, strict=True):
            box = tuple(slice(p, p + n) for p, n in zip(place, self.window.shape, strict=True))
            mean[box] += self.window.reshape(self.templates[g])
        residual = (self.y - mean)[self.measured]
        noise = residual.size / 2 * np.log(2 * np.pi * self.sigma**2)
        shown = np.sum(residual**2) / (2 * self.sigma**2)
        return float(np.log(self.weights[list(poses)]).sum() - shown - noise)

    def enumerated(self) -> Statistics:
        """The sum over all sets of copies, in all poses."""
        y = np.where(self.measured, self.y, 0)
        found = []
        for places in sets_of_places(self.places, self.least):
            for poses in product(range(len(self.templates)), repeat=len(places)):
                gain = len(places) * np.log(self.activity) + self.loglik(places, poses)
                found.append((gain, places, poses))
        logs = np.array([gain for gain, *_ in found])
        total = np.logaddexp.reduce(logs)
        images, visibility = np.zeros((2, *self.templates.shape))
        copies = 0.0
        for weight, (_, places, poses) in zip(np.exp(logs - total), found, strict=True):
            copies += weight * len(places)
            for place, g in zip(places, poses, strict=True):
                box = tuple(slice(p, p + n) for p, n in zip(place, self.window.shape, strict=True))
                images[g] += weight * y[box].ravel()
                visibility[g] += weight * self.measured[box].ravel()
        alone = log_partition_alone(np.log(self.activity), self.places, self.least)
        size, seen = self.y.size / self.window.size, float(self.measured.sum())
        loglik, energy = float(total - alone), float(np.sum(y**2))
        return Statistics(loglik, size, seen, energy, images, visibility, np.array([copies, 0]))


def made(shape: Place, length: Place, least: Place, poses: int, masked: bool) -> Micrograph:
    rng = np.random.default_rng(len(shape) + poses)
    window = Window(length)
    templates = rng.normal(size=(poses, window.size))
    weights = rng.dirichlet(np.full(poses, 5.0))
    measured = rng.random(shape) > 0.2 if masked else np.ones(shape, bool)
    return Micrograph(rng.normal(size=shape), measured, window, least, templates, weights)


def assert_near(found: Statistics, exact: Statistics, atol: float) -> None:
    assert found.loglik == pytest.approx(exact.loglik, abs=atol)
    assert found.patches == pytest.approx(exact.patches)
    assert found.samples == exact.samples
    assert found.energy == pytest.approx(exact.energy)
    np.testing.assert_allclose(found.images, exact.images, atol=atol)
    np.testing.assert_allclose(found.visibility, exact.visibility, atol=atol)
    assert found.overlaps[0] == pytest.approx(exact.overlaps[0], abs=atol)


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("least", [3, 5])
def test_a_signal_is_summed_over(least: int, masked: bool) -> None:
    """But for the last rounds of messages, which each halve what is left."""
    one = made((9,), (3,), (least,), 2, masked)
    assert_near(one.statistics, one.enumerated(), 5e-3)


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
def test_an_image_with_one_copy_at_most(masked: bool) -> None:
    one = made((5, 5), (3, 3), (5, 5), 3, masked)
    assert_near(one.statistics, one.enumerated(), 1e-10)


def test_an_image_with_strong_copies() -> None:
    """Where they lie is plain, and so is all the rest."""
    one = made((9, 8), (3, 3), (5, 5), 2, False)
    y = one.y.copy()
    for corner, g in (((0, 0), 0), ((6, 5), 1)):
        box = tuple(slice(p, p + 3) for p in corner)
        y[box] += 9 * one.window.reshape(one.templates[g])
    strong = replace(one, y=y, templates=9 * one.templates)
    assert_near(strong.statistics, strong.enumerated(), 1e-2)
    assert strong.statistics.overlaps[0] == pytest.approx(2, abs=1e-6)


def test_fishers_identity() -> None:
    """The gradient of the log-likelihood with respect to the templates, of one copy at most."""
    one = made((5, 5), (3, 3), (5, 5), 2, False)
    found, step = one.statistics, 1e-5
    gradient = (found.images - found.visibility * one.templates) / one.sigma**2
    for g, k in product(range(2), range(9)):
        change = np.zeros_like(one.templates)
        change[g, k] = step
        up, down = (
            replace(one, templates=one.templates + sign * change).statistics.loglik
            for sign in (1, -1)
        )
        assert (up - down) / (2 * step) == pytest.approx(gradient[g, k], abs=1e-6)


@pytest.mark.parametrize("sigma", [0.2, 0.5, 2.0])
def test_a_screen_hides_nothing(sigma: float) -> None:
    """Whatever the noise: open places are as without it, closed ones have no copy."""
    rng, window = np.random.default_rng(0), Window((4, 4))
    angles = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    templates = np.cos(angles[:, None] + window.grid @ [0.7, 1.1])
    y = sigma * rng.normal(size=(60, 60))
    for corner, g in ((slice(5, 9), 3), (slice(30, 34), 77)):
        y[corner, corner] += window.reshape(templates[g])
    source = MicrographSource.of(Patches(y[None], window), (7, 7), np.float64)
    copies = Copies(templates, np.full(160, -np.log(160)), sigma)
    ((tile, shares, *_),) = source.posteriors(copies, -4.0)
    found, share = screened(source.places, tile, copies, Screen.of(copies), -4.0)
    exact = log_ratio(source.places, tile, copies)
    is_same = np.isclose(found, exact, atol=1e-9)
    assert is_same.mean() >= share - 1e-9
    assert exact[~is_same].max(initial=-np.inf) < 4.0 - 8.0
    assert shares[~is_same].sum() < 1e-2
