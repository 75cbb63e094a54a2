"""Simulated windows against those of the suite's own measurements, and their derivatives."""

from typing import Any

import numpy as np
import pytest

from mtdbench import make_space
from mtdbench.backend import jax, jnp
from mtdbench.estimators.cryogan.critic import make_critic
from mtdbench.estimators.cryogan.layouts import layouts
from mtdbench.estimators.cryogan.losses import Loss
from mtdbench.estimators.cryogan.training import ObjectParams
from mtdbench.estimators.cryogan.window_simulator import (
    WindowModel,
    empty_windows,
    occupied_windows,
    pose_pool,
)
from mtdbench.model.forward import ForwardModel
from mtdbench.model.patches import Patches
from mtdbench.simulation import place
from mtdbench.spaces import Space

SPACES = [("line", 6, "auto"), ("disc", 5, "paper"), ("ball", 5, "degree:2")]
LOSSES = [Loss("logistic", 0.1), Loss("wasserstein", 1.0)]


@pytest.fixture(params=SPACES, ids=lambda names: names[0])
def space(request: pytest.FixtureRequest) -> Space:
    return make_space(*request.param)


def moments(windows: np.ndarray) -> np.ndarray:
    """What each window adds to mean, covariance, third moments, and, last, energy; (B, many)."""
    w = windows.astype(float)
    a, b = np.triu_indices(w.shape[1])
    third = w[:, a] * w[:, b] * w[:, w.shape[1] // 2, None]
    energy = np.sum(w**2, axis=1, keepdims=True)
    return np.concatenate([w, w[:, a] * w[:, b], third, w**3, energy], axis=1)


def window_model(
    space: Space, width: int, density: float, poses: int, seed: int = 6
) -> WindowModel:
    """What windows are made of at a density."""
    found = layouts(space.window, width, density, np.random.default_rng(seed))
    pool = pose_pool(ForwardModel(space), np.random.default_rng(5), poses, 1.0)
    return WindowModel(pool, found.places, found.ratio)


def simulated(space: Space, x: np.ndarray, share: float, count: int) -> np.ndarray:
    """Windows of L^d from the simulator, occupied with probability `share`."""
    rng, key, model = np.random.default_rng(5), jax.random.key(3), window_model(space, 1, 0.1, 4000)
    seen = np.asarray(occupied_windows(x.astype(np.float32), model, key, count))
    unseen = np.asarray(empty_windows(jax.random.key(4), count, seen.shape[1]))
    return np.where(rng.uniform(size=(count, 1)) < share, seen, unseen)


def measured(
    space: Space, x: np.ndarray, density: float, size: int, width: int = 1
) -> tuple[np.ndarray, float]:
    """Windows of a measurement with sigma 1 that the suite's own placement gives, and its density;
    they do not overlap.
    """
    rng, window = np.random.default_rng(7), space.window
    corners = place(size, window, density, "well-separated", rng)
    y = rng.standard_normal((size,) * window.ndim)
    images = space.project(x, space.random_poses(rng, len(corners)))
    for corner, image in zip(corners, window.reshape(images), strict=True):
        y[tuple(map(slice, corner, corner + window.shape))] += image
    windows = next(Patches(y[None], window.times(width)).chunks(10**7))
    return windows, len(corners) * window.size / y.size


def test_simulated_windows_have_the_moments_of_real_ones() -> None:
    """Within sampling error at the true density, and not at one that is 10 % wrong: there the mean
    energy lies 6.4 standard errors off in the mean, beyond four with a probability of 0.99.
    """
    space = make_space("disc", 5, "paper")
    x = space.random(np.random.default_rng(1))
    windows, density = measured(space, x, 0.15, 800)
    real = moments(windows)

    def deviations(share: float) -> np.ndarray:
        fake = moments(simulated(space, x, share, 25_000))
        variance = real.var(axis=0) / len(real) + fake.var(axis=0) / len(fake)
        return np.asarray((real.mean(axis=0) - fake.mean(axis=0)) / np.sqrt(variance))

    share = density * space.window.visible_share
    z = deviations(share)
    assert np.abs(z).max() < 5
    assert abs(z[-1]) < 3
    for wrong in (0.9, 1.1):
        assert abs(deviations(wrong * share)[-1]) > 4


@pytest.mark.parametrize(("name", "width"), [("line", 2), ("line", 3), ("disc", 2)])
def test_wide_simulated_windows_have_the_moments_of_real_ones(name: str, width: int) -> None:
    """Several copies in one window, and as many windows occupied as of the real ones: with a fifth
    fewer the mean energy is off.
    """
    space = make_space(name, *{"line": (6,), "disc": (3,)}[name])
    ndim, pixels = space.window.ndim, space.window.times(width).size
    x = 0.5 * space.random(np.random.default_rng(1))
    size = {"line": 400_000, "disc": 900}[name]
    windows, density = measured(space, x, {"line": 0.3, "disc": 0.15}[name], size, width)
    made = [window_model(space, width, density, 100, seed) for seed in range(60)]
    assert made[0].places.shape[1:] == ((2 if width == 2 else 3) ** ndim, pixels)
    share = space.window.visible_share * density * np.mean([one.ratio for one in made])
    x32 = x.astype(np.float32)
    seen = [
        np.asarray(occupied_windows(x32, one, jax.random.key(i), 300)) for i, one in enumerate(made)
    ]
    unseen = np.asarray(empty_windows(jax.random.key(99), 18_000, pixels))
    real, inside, outside = (moments(w) for w in (windows, np.concatenate(seen), unseen))

    def deviations(share: float) -> np.ndarray:
        fake = share * inside.mean(axis=0) + (1 - share) * outside.mean(axis=0)
        spread = share**2 * inside.var(axis=0) + (1 - share) ** 2 * outside.var(axis=0)
        variance = real.var(axis=0) / len(real) + spread / 18_000
        return np.asarray((real.mean(axis=0) - fake) / np.sqrt(variance))

    z = deviations(float(share))
    assert np.abs(z).max() < 5
    assert abs(z[-1]) < 3
    assert deviations(0.8 * float(share))[-1] > 4


@pytest.mark.parametrize("width", [1, 2])
def test_the_simulator_is_differentiable_in_the_object(space: Space, width: int) -> None:
    """Against finite differences with common random numbers, for critic and object alike."""
    rng = np.random.default_rng(0)
    shape = space.window.shape
    pixels = space.window.times(width).size
    made = window_model(space, width, 0.1, 7)
    made = made._replace(operators=made.operators.astype(np.float64))
    key = jax.random.key(1)
    critic = jax.tree.map(
        lambda a: jnp.asarray(a, jnp.float64), make_critic(jax.random.key(0), shape, width, 9, 0.8)
    )
    noise = jax.random.normal(key, (50, pixels))

    for loss in LOSSES:

        def value(params: ObjectParams, loss: Loss = loss) -> Any:
            level = jnp.exp(params.noise)
            seen = level * occupied_windows(params.x / level, made, key, 50)
            return loss.object_loss(critic, made.share(params.logit), seen, level * noise)

        params = ObjectParams(jnp.asarray(space.random(rng)), jnp.asarray(-1.0), jnp.asarray(0.1))
        gradient = jax.grad(value)(params)
        ways = jax.tree.map(lambda a: rng.standard_normal(a.shape), params)
        ahead, behind = (
            float(value(jax.tree.map(lambda v, w, s=s: v + s * w, params, ways)))
            for s in (1e-6, -1e-6)
        )
        slope = float(sum(np.sum(g * w) for g, w in zip(gradient, ways, strict=True)))
        assert (ahead - behind) / 2e-6 == pytest.approx(slope, rel=1e-4)


def test_an_occupied_window_is_a_view_and_noise(space: Space) -> None:
    """Without the noise, every window is one of the views of one of the poses."""
    rng, key = np.random.default_rng(0), jax.random.key(0)
    x = 3 * space.random(rng).astype(np.float32)
    made = window_model(space, 1, 0.1, 3)
    windows = np.asarray(occupied_windows(x, made, key, 60))
    without = np.asarray(occupied_windows(0 * x, made, key, 60))
    views = np.pad(made.operators @ x, ((0, 0), (0, 1)))[:, made.places[:, 0]]
    views = views.reshape(-1, windows.shape[1])
    away = np.linalg.norm((windows - without)[:, None] - views, axis=2).min(axis=1)
    assert away.max() < 1e-4 * np.linalg.norm(views, axis=1).max()
