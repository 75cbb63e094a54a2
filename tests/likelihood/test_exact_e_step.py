"""The exact E-step of signals against the sum over every set of copies, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest

from mtdbench.likelihood.e_step import Statistics
from mtdbench.likelihood.signal_source import SignalSource
from mtdbench.model.gap_law import GapLaw
from mtdbench.model.patches import Patches
from mtdbench.model.shifts import overlaps
from mtdbench.spaces import Window

LENGTH = 3
LAWS = {
    "geometric, well separated": (GapLaw(2 * LENGTH - 1, 0), [0.3, 0.7]),
    "geometric": (GapLaw(LENGTH, 0), [0.2, 0.8]),
    "free": (GapLaw(LENGTH, 3), [0.1, 0.3, 0.05, 0.25, 0.3]),
    "free, well separated": (GapLaw(2 * LENGTH - 1, 2), [0.1, 0.5, 0.1, 0.3]),
}
each_law = pytest.mark.parametrize(("law", "u"), LAWS.values(), ids=LAWS)
each_mask = pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
each_count = pytest.mark.parametrize("classes", [1, 2])


def sets_of_copies(places: int, least: int, start: int = 0) -> Iterator[tuple[int, ...]]:
    """All sets of places that are at least so far apart."""
    yield ()
    for first in range(start, places):
        for others in sets_of_copies(places, least, first + least):
            yield (first, *others)


def decisions(begun: tuple[int, ...], places: int, law: GapLaw) -> np.ndarray:
    """Events and exposures of a set of copies, place by place."""
    counts, last = np.zeros((2, law.free + 1)), None
    for s in range(places):
        age = law.free if last is None else min(s - last - law.least, law.free)
        if age >= 0:
            counts[:, age] += s in begun, 1
        last = s if s in begun else last
    return counts


def probability(begun: tuple[int, ...], places: int, law: GapLaw, u: np.ndarray) -> float:
    """Of a set of copies, by the hazard of each place at which one could have begun."""
    left = 1 - np.append(0, np.cumsum(u[:-2]))
    hazards = np.append(u[:-2] / left[:-1], u[-2] / (u[-2] + u[-1]))
    events, exposures = decisions(begun, places, law)
    return float(np.prod(hazards**events * (1 - hazards) ** (exposures - events)))


@dataclass
class Signal:
    """A measurement (N,), where it was measured, and what is asked of it."""

    y: np.ndarray
    measured: np.ndarray
    templates: np.ndarray
    weights: np.ndarray
    law: GapLaw
    u: np.ndarray
    sigma: float = 0.8
    background: float = 0.3

    @property
    def source(self) -> SignalSource:
        mask = None if self.measured.all() else self.measured[None]
        y = np.where(self.measured, self.y + self.background, np.nan)[None]
        patches = Patches(y, Window((LENGTH,)), background=self.background, measured=mask)
        return SignalSource.of(patches, self.law)

    @property
    def statistics(self) -> Statistics:
        window = overlaps(Window((LENGTH,)))
        return self.source.statistics(self.templates, self.u, self.sigma, window, self.weights)

    @property
    def begins(self) -> np.ndarray:
        """P(a copy begins at s) of all places, those beyond the last too."""
        (sums,) = self.source.sums(self.templates, self.u, self.sigma, self.weights)
        return sums.begins.ravel()

    def loglik(self, begun: tuple[int, ...], classes: tuple[int, ...]) -> float:
        """log p(y, classes | places); a copy beyond the last place shows nothing."""
        mean = np.zeros(len(self.y) + 99)
        for s, g in zip(begun, classes, strict=True):
            if s <= len(self.y) - LENGTH:
                mean[s : s + LENGTH] += self.templates[g]
        residual = (self.y - mean[: len(self.y)])[self.measured]
        normal = -np.sum(residual**2) / 2 / self.sigma**2
        normal -= len(residual) / 2 * np.log(2 * np.pi * self.sigma**2)
        return float(normal + np.sum(np.log(self.weights[list(classes)])))


def example(law: GapLaw, u: list[float], classes: int, masked: bool, size: int = 14) -> Signal:
    rng = np.random.default_rng(3)
    y, templates = rng.standard_normal(size), rng.standard_normal((classes, LENGTH))
    y[:LENGTH] += templates[0]
    measured = np.ones(size, dtype=bool)
    measured[[place for place in (1, 7, 8, 9) if place < size]] = not masked
    weights = np.array([1.0]) if classes == 1 else np.array([0.3, 0.7])
    return Signal(y, measured, templates, weights, law, np.array(u))


@dataclass
class Enumerated:
    """The sums over all sets of copies and their classes."""

    loglik: float
    begins: np.ndarray
    images: np.ndarray
    visibility: np.ndarray
    counts: np.ndarray


def enumerated(signal: Signal, places: int) -> Enumerated:
    law, total = signal.law, 0.0
    begins, counts = np.zeros(places), np.zeros((2, law.free + 1))
    images, visibility = np.zeros((2, *signal.templates.shape))
    y = np.where(signal.measured, signal.y, 0)
    for begun in sets_of_copies(places, law.least):
        prior, seen = probability(begun, places, law, signal.u), decisions(begun, places, law)
        for classes in product(range(len(signal.templates)), repeat=len(begun)):
            p = prior * np.exp(signal.loglik(begun, classes))
            total += p
            begins[list(begun)] += p
            counts += p * seen
            for s, g in zip(begun, classes, strict=True):
                if s <= len(y) - LENGTH:
                    images[g] += p * y[s : s + LENGTH]
                    visibility[g] += p * signal.measured[s : s + LENGTH]
    sums = (begins, images, visibility, counts)
    return Enumerated(np.log(total), *(each / total for each in sums))


@each_law
@each_count
@each_mask
def test_it_is_the_sum_over_all_sets_of_copies(
    law: GapLaw, u: list[float], classes: int, masked: bool
) -> None:
    signal = example(law, u, classes, masked)
    begins, found = signal.begins, signal.statistics
    expected = enumerated(signal, len(begins))
    within = enumerated(signal, len(signal.y) - LENGTH + 1)
    assert found.loglik == pytest.approx(within.loglik, abs=1e-10)
    np.testing.assert_allclose(begins[: len(within.begins)], within.begins, atol=1e-10)
    np.testing.assert_allclose(begins, expected.begins, atol=1e-10)
    np.testing.assert_allclose(found.images, within.images, atol=1e-10)
    np.testing.assert_allclose(found.visibility, within.visibility, atol=1e-10)
    np.testing.assert_allclose(found.overlaps.reshape(2, -1), expected.counts, atol=1e-10)
    assert found.samples == signal.measured.sum()
    assert found.energy == pytest.approx(np.sum(signal.y[signal.measured] ** 2))


@each_law
@pytest.mark.parametrize("size", [LENGTH, 13])
def test_the_probabilities_of_all_sets_sum_to_one(law: GapLaw, u: list[float], size: int) -> None:
    """Of signals of any length; where nothing is measured data and noise have one likelihood."""
    places = size - LENGTH + 1
    every = [probability(c, places, law, np.array(u)) for c in sets_of_copies(places, law.least)]
    assert sum(every) == pytest.approx(1, abs=1e-12)
    nothing = replace(example(law, u, 1, False, size), measured=np.zeros(size, dtype=bool))
    assert nothing.statistics.loglik == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["geometric", "free"])
def test_the_likelihood_integrates_to_one(name: str) -> None:
    """Over signals of four samples, by importance: p(y) / q(y) has the mean 1 under q."""
    (law, u), rng, size, scale, count = LAWS[name], np.random.default_rng(0), 4, 1.5, 500
    window = Window((LENGTH,))
    y = scale * rng.standard_normal((count, size))
    templates = np.array([[0.5, -0.8, 0.3]])
    log_q = -np.sum(y**2, axis=1) / 2 / scale**2 - size / 2 * np.log(2 * np.pi * scale**2)
    one = [
        SignalSource.of(Patches(each[None], window), law).statistics(
            templates, np.array(u), 1.0, overlaps(window), None
        )
        for each in y
    ]
    ratios = np.exp([s.loglik for s in one] - log_q)
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(count)
    assert ratios.std() / np.sqrt(count) < 0.1


@pytest.mark.parametrize("name", ["geometric", "free, well separated"])
@each_mask
def test_signals_add_up(name: str, masked: bool) -> None:
    law, u = LAWS[name]
    one = example(law, u, 2, masked)
    rng = np.random.default_rng(1)
    stack = np.stack([rng.permutation(one.y) for _ in range(5)])
    measured = np.stack([rng.permutation(one.measured) for _ in range(5)])
    patches = Patches(stack, Window((LENGTH,)), measured=measured if masked else None)
    together = SignalSource.of(patches, law, at_once=2)
    arguments = one.templates, one.u, one.sigma, overlaps(Window((LENGTH,))), one.weights
    found = together.statistics(*arguments)
    parts = [
        replace(one, y=y, measured=seen if masked else one.measured, background=0.0).statistics
        for y, seen in zip(stack, measured, strict=True)
    ]
    for ours, theirs in zip(found.arrays(), sum(parts[1:], parts[0]).arrays(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    streamed = SignalSource.of(patches, law, limit=0, at_once=2)
    assert streamed.resident is None
    for ours, theirs in zip(found.arrays(), streamed.statistics(*arguments).arrays(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["geometric, well separated", "free"])
@each_mask
def test_its_sums_are_the_gradient(name: str, masked: bool) -> None:
    """Fisher's identity: d log p / d I_g = (B_g - M_g I_g) / sigma^2, and d log p / d u by the
    counts of gaps; against differences."""
    (law, u), step = LAWS[name], 1e-6
    signal = example(law, u, 2, masked)
    s = signal.statistics
    slope = (s.images - s.visibility * signal.templates) / signal.sigma**2
    for g, r in np.ndindex(signal.templates.shape):
        change = np.zeros(signal.templates.shape)
        change[g, r] = step
        up, down = (
            replace(signal, templates=signal.templates + sign * change).statistics.loglik
            for sign in (1, -1)
        )
        assert (up - down) / (2 * step) == pytest.approx(slope[g, r], abs=1e-7)
    events, exposures = s.overlaps.reshape(2, -1)
    left = 1 - np.append(0, np.cumsum(signal.u[:-2]))
    q = np.append(signal.u[:-2] / left[:-1], signal.u[-2] / left[-1])
    for j, by_hazard in enumerate(events / q - (exposures - events) / (1 - q)):
        change = step * (np.arange(len(q)) == j)
        up, down = (
            replace(signal, u=law.fitted(q + sign * change, np.ones(len(q)))).statistics.loglik
            for sign in (1, -1)
        )
        assert (up - down) / (2 * step) == pytest.approx(by_hazard, abs=1e-7)


@each_law
def test_a_plain_copy_is_no_trouble(law: GapLaw, u: list[float]) -> None:
    """One of an SNR that no exponential holds; all that could lie beside it is not likely."""
    signal = example(law, u, 1, False)
    signal.templates = 80 * np.ones((1, LENGTH))
    signal.y[6:9] += signal.templates[0]
    found = signal.statistics
    assert found.loglik == pytest.approx(
        np.log(probability((6,), 12, law, signal.u)) + signal.loglik((6,), (0,)), rel=1e-12
    )
    np.testing.assert_allclose(found.visibility, 1, atol=1e-10)
    np.testing.assert_allclose(found.images[0], signal.y[6:9], atol=1e-8)
