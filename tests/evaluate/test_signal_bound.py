"""The bound of whole signals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.evaluate.cramer_rao import known_bound, patch_bound
from mtdbench.evaluate.signal_bound import signal_bound, stretch_scores
from mtdbench.likelihood.signal_source import SignalSource
from mtdbench.model.forward import ForwardModel
from mtdbench.model.gap_law import gap_law
from mtdbench.model.patches import Patches


@pytest.mark.parametrize(
    ("basis", "spacing"), [("auto", "arbitrary"), ("classes:2", "well-separated")]
)
def test_the_scores_of_all_stretches_are_the_gradient(
    simulate: Callable[..., Any], basis: str, spacing: str
) -> None:
    """Of the log-likelihood in x, h and sigma, by differences; samples that begin no window are in
    no stretch."""
    space = make_space("line", 3, basis)
    law, size, sigma, density, step = gap_law(space.window, spacing, False), 62, 0.9, 0.2, 1e-5
    data = simulate(space, size, 3.0, 0.3, 0, spacing=spacing)
    forward = ForwardModel(space, background=0.4)
    y = data.measurement.samples[None] + 0.4
    poses, about = forward.poses(space.default_poses), (forward, data.truth, y, spacing, density)
    found = stretch_scores(*about, sigma, 20).sum(axis=0)

    def loglik(x: np.ndarray, h: float, sigma: float) -> float:
        source = SignalSource.of(Patches(y, space.window, background=0.4), law)
        templates, u = forward.project(x, poses), np.array([h, 1 - h])
        return source.statistics(templates, u, sigma, None, None).loglik  # type: ignore[arg-type]

    h = law.tail_hazard(law.geometric(3 / density))
    here = np.concatenate([data.truth, [h, sigma]])
    slopes = [
        (loglik(up[:-2], *up[-2:]) - loglik(down[:-2], *down[-2:])) / (2 * step)
        for up, down in ((here + change, here - change) for change in step * np.eye(len(here)))
    ]
    slopes[-1] -= np.sum((y[0, -2:] - 0.4) ** 2) / sigma**3 - 2 / sigma
    np.testing.assert_allclose(found, slopes, rtol=1e-5, atol=1e-5)


def test_it_is_that_of_known_places_where_copies_are_plain(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("line", 4), 30_000, 60.0, 0.2, 0)
    y = data.measurement
    found = signal_bound(y.forward, data.truth, y.samples, y.spacing, 0.2, y.sigma, True)
    known = known_bound(y.forward, data.truth, len(data.placement.corners), y.sigma)
    assert found.error == pytest.approx(known.error, abs=4 * found.uncertainty + 0.02 * known.error)
    assert found.uncertainty < 0.05 * known.error


def test_whole_signals_tell_more_than_patches(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("line", 5), 24_000, 1.5, 0.3, 0)
    y, rng = data.measurement, np.random.default_rng(0)
    about = y.forward, data.truth, y.samples
    patches = patch_bound(*about, 0.3, y.sigma, True, rng)
    known = known_bound(y.forward, data.truth, len(data.placement.corners), y.sigma)
    whole = signal_bound(*about, y.spacing, 0.3, y.sigma, True)
    assert known.error < whole.error - 3 * whole.uncertainty
    assert whole.error + 3 * whole.uncertainty < patches.error - 3 * patches.uncertainty
    parts = y.samples.reshape(6, -1)
    several = signal_bound(y.forward, data.truth, parts, y.spacing, 0.3, y.sigma, True)
    assert several.error == pytest.approx(whole.error, abs=4 * whole.uncertainty)


def test_there_is_none_where_too_little_was_measured(simulate: Callable[..., Any]) -> None:
    data = simulate(make_space("line", 5), 2000, 5.0, 0.3, 0)
    y = data.measurement
    found = signal_bound(y.forward, data.truth, y.samples, y.spacing, 0.3, y.sigma, True)
    assert np.isnan(found.error)
