"""CryoGAN on windows that were cut anywhere: nothing is picked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mtdbench.backend import jax
from mtdbench.estimators.checks import at_least, well_separated
from mtdbench.estimators.em_starts import GUESSED_DENSITY, empty_share, random_start
from mtdbench.estimators.gan_critic import make_critic
from mtdbench.estimators.gan_losses import Loss, Name
from mtdbench.estimators.gan_simulator import pool
from mtdbench.estimators.gan_training import Game, Object, train
from mtdbench.kernels.views import visible_share
from mtdbench.measurement import Estimate, Measurement
from mtdbench.spaces import Space

TOGETHER = 25  # steps to a call of compiled code, and to an estimate
WARMUP = 100  # steps of the critic alone
AVERAGED = 0.25  # share of the steps, the last ones, whose mean is the estimate
POSES = 512  # of the pool, drawn anew for each call
FREQUENCY = 0.8  # of the critic's waves at first, in units of 1 / sigma


@dataclass(frozen=True, slots=True)
class Setting:
    """How the game is played: rates of object and critic, at first and as a share of it in the
    end, and what `Game` says.
    """

    object_rate: float
    critic_rate: float
    object_end: float
    critic_end: float
    object_betas: tuple[float, float]
    critic_betas: tuple[float, float]
    critic_steps: int
    batch: int
    penalties: dict[str, float]
    clip: float
    normalised: bool


DEFAULT = Setting(
    object_rate=0.02,
    critic_rate=3e-3,
    object_end=0.05,
    critic_end=0.01,
    object_betas=(0.5, 0.9),
    critic_betas=(0.5, 0.999),
    critic_steps=1,
    batch=8192,
    penalties={"logistic": 0.01, "wasserstein": 1.0},
    clip=1e6,
    normalised=False,
)
PUBLISHED = Setting(
    object_rate=1e-3,
    critic_rate=1e-3,
    object_end=0.2,
    critic_end=0.2,
    object_betas=(0.5, 0.9),
    critic_betas=(0.5, 0.9),
    critic_steps=4,
    batch=8,
    penalties={"logistic": 1.0, "wasserstein": 1.0},
    clip=1.0,
    normalised=True,
)


def cryogan(
    measurement: Measurement,
    rng: np.random.Generator,
    *,
    steps: int = 1200,
    loss: Name | None = None,
    penalty: float | None = None,
    batch: int | None = None,
    waves: int = 128,
    setting: Literal["default", "published"] = "default",
) -> Iterator[Estimate]:
    """The object whose simulated windows a critic cannot tell from the measurement's.

    A simulator draws windows from the current object, a small critic learns to tell them from
    windows cut at any offset, and the object learns from the critic. Poses and shifts are drawn
    uniformly, which is exact for well-separated copies; the share of occupied windows is learned
    too, and the noise where sigma is not known.

    Options
    -------
    steps : of the object.
    loss : "logistic" with a penalty on the critic's gradient at real windows (R1), or
        "wasserstein" with a gradient penalty; what the setting takes where None.
    penalty : its weight; the setting's where None.
    batch : windows of each kind to a step; the setting's where None.
    waves : of the critic.
    setting : "default", or "published", that of the thesis: Wasserstein, four steps of the critic
        to one of the volume, batches of 8 windows, each normalised, gradients clipped, the object
        0 at first.

    Source: Gupta, McCann, Donati, Unser, *CryoGAN: a new reconstruction paradigm for
    single-particle cryo-EM via deep adversarial learning*, IEEE Trans. Comput. Imaging 7 (2021),
    for picked particles; for windows of a measurement it is ours.
    """
    at_least("cryogan", 1, steps=steps, batch=batch, waves=waves)
    at_least("cryogan", 0, penalty=penalty)
    well_separated("cryogan", measurement)
    how = DEFAULT if setting == "default" else PUBLISHED
    name: Name = loss or ("logistic" if setting == "default" else "wasserstein")
    weight = how.penalties[name] if penalty is None else penalty
    space, count = measurement.space, batch or how.batch
    start = random_start(measurement, rng, 2)
    first, unit = start.x, start.sigma
    scale = float(np.sqrt(np.mean(first**2)))
    game = Game(
        space, Loss(name, weight), how.critic_steps, how.object_betas, how.critic_betas,
        how.clip, how.normalised, noise_free=measurement.sigma is None,
    )  # fmt: skip
    key = jax.random.key(int(rng.integers(2**31)))
    critic = make_critic(key, space.window**space.ndim_measurement, waves, FREQUENCY)
    state = game.start(_start(space, first / scale * (setting == "default")), critic)
    rates = _rates(how, steps)
    path: list[Object] = []
    for begin in range(0, len(rates), TOGETHER):
        now = rates[begin : begin + TOGETHER]
        real = _windows(measurement, rng, (len(now), how.critic_steps, count), unit)
        operators = pool(space, rng, POSES, scale / unit)
        key, here = jax.random.split(key)
        state, after = train(game, state, operators, real, here, now)
        path.append(jax.tree.map(np.asarray, after))
        if begin + len(now) > WARMUP:
            yield _estimate(space, path, scale, unit, f"{name} loss, batches of {count}")


def _start(space: Space, x: np.ndarray) -> Object:
    share = 1 - empty_share(GUESSED_DENSITY, space)
    logit = np.float32(np.log(share / (1 - share)))
    return Object(np.asarray(x, np.float32), logit, np.float32(0))


def _rates(how: Setting, steps: int) -> np.ndarray:
    """Learning rates of object and critic, shape (WARMUP + steps, 2): half a period of a cosine,
    after the critic's warm-up.
    """
    fall = (1 + np.cos(np.pi * np.arange(steps) / steps)) / 2
    ends = np.array([how.object_end, how.critic_end])
    course = ends + (1 - ends) * fall[:, None]
    warm = np.tile([0.0, 1.0], (WARMUP, 1))
    rates = np.concatenate([warm, course]) * [how.object_rate, how.critic_rate]
    return np.asarray(rates, np.float32)


def _windows(
    measurement: Measurement, rng: np.random.Generator, shape: tuple[int, ...], unit: float
) -> np.ndarray:
    """Windows at random offsets in units of sigma, shape (*shape, L^d), float32."""
    window, stack = measurement.space.window, measurement.stack
    axes = tuple(range(1, stack.ndim))
    every = sliding_window_view(stack, (window,) * len(axes), axes)
    index = tuple(rng.integers(0, n, shape) for n in every.shape[: stack.ndim])
    chosen = every[index].reshape(*shape, -1)
    return np.asarray(chosen / unit, np.float32)


def _estimate(space: Space, path: list[Object], scale: float, unit: float, note: str) -> Estimate:
    """The mean over the last quarter of the steps so far."""
    x, logit, noise = (np.concatenate(parts).astype(float) for parts in zip(*path, strict=True))
    taken = len(x) - WARMUP
    last = slice(len(x) - max(1, int(AVERAGED * taken)), None)
    share = float(np.mean(1 / (1 + np.exp(-logit[last]))))
    return Estimate(
        scale * x[last].mean(axis=0),
        density=share / visible_share(space.window, space.ndim_measurement),
        sigma=unit * float(np.exp(noise[last].mean())),
        iterations=taken,
        note=f"{note}, {taken} steps",
    )
