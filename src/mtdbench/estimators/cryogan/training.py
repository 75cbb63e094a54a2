"""Critic and object trained in turn, many steps to a call of compiled code."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import optax

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.estimators.cryogan.critic import Critic
from mtdbench.estimators.cryogan.losses import Loss
from mtdbench.estimators.cryogan.settings import TrainingSettings
from mtdbench.estimators.cryogan.window_simulator import (
    WindowModel,
    empty_windows,
    occupied_windows,
)


class ObjectParams(NamedTuple):
    """What is estimated, in units of the start and of sigma.

    Attributes
    ----------
    x : array, shape (n,)
    logit : scalar
        log(pi / (1 - pi)), pi the share of windows of L^d that see a part of a copy.
    noise : scalar
        log of the noise's standard deviation; it stays 0 where sigma is known.
    """

    x: Any
    logit: Any
    noise: Any


class TrainingState(NamedTuple):
    """Object and critic, and the moments that Adam keeps of their gradients."""

    params: ObjectParams
    critic: Critic
    object_moments: Any
    critic_moments: Any


@dataclass(frozen=True, slots=True)
class Training:
    """The rules: what does not change during a run.

    Attributes
    ----------
    loss : Loss
    settings : TrainingSettings
    noise_free : bool
        Whether the noise's standard deviation is a free parameter.
    """

    loss: Loss
    settings: TrainingSettings
    noise_free: bool

    def optimiser(self, betas: tuple[float, float]) -> optax.GradientTransformation:
        """Adam's direction; the rate is the caller's."""
        return optax.chain(
            optax.clip_by_global_norm(self.settings.clip), optax.scale_by_adam(*betas)
        )

    def start(self, params: ObjectParams, critic: Critic) -> TrainingState:
        """The state before the first step."""
        object_moments = self.optimiser(self.settings.object_betas).init(params)
        critic_moments = self.optimiser(self.settings.critic_betas).init(critic)
        return TrainingState(params, critic, object_moments, critic_moments)

    def fakes(
        self, params: ObjectParams, model: WindowModel, key: Any, count: int
    ) -> tuple[Any, Any]:
        """Simulated windows that see a part of a copy, and such that see none."""
        one, other = jax.random.split(key)
        level = jnp.exp(params.noise)
        relative = params.x / level
        seen = level * occupied_windows(relative, model, one, count)
        return self.shown(seen), self.shown(level * empty_windows(other, count, seen.shape[1]))

    def shown(self, windows: Any) -> Any:
        """Windows as the critic sees them."""
        if not self.settings.normalised:
            return windows
        centred = windows - jnp.mean(windows, axis=1, keepdims=True)
        return centred / jnp.std(windows, axis=1, keepdims=True)


def train(
    training: Training,
    state: TrainingState,
    model: WindowModel,
    real: np.ndarray,
    key: Any,
    rates: np.ndarray,
) -> tuple[TrainingState, ObjectParams]:
    """A number of steps.

    Parameters
    ----------
    training, state
    model : WindowModel
    real : array, shape (steps, critic steps, B, W^d)
        Windows of the measurement, in units of sigma.
    key : the random numbers.
    rates : array, shape (steps, 2)
        Learning rates of object and critic.

    Returns
    -------
    state : TrainingState
    path : ObjectParams
        The object after each step, the steps along the first axis.
    """
    arguments = (state, model, real, key, rates)
    shapes = tuple(np.shape(leaf) for leaf in jax.tree.leaves(arguments))
    program = _program(training, shapes, arguments)
    state, path = program(*arguments)
    return state, path


_PROGRAMS: dict[tuple[Training, tuple[tuple[int, ...], ...]], Any] = {}


def _program(
    training: Training, shapes: tuple[tuple[int, ...], ...], arguments: tuple[Any, ...]
) -> Any:
    """The compiled steps for arguments of such shapes."""
    if (training, shapes) not in _PROGRAMS:
        with clock.setup():
            lowered = jax.jit(lambda *a: _steps(training, *a)).lower(*arguments)
            _PROGRAMS[training, shapes] = lowered.compile()
    return _PROGRAMS[training, shapes]


def _steps(
    training: Training, state: TrainingState, model: WindowModel, real: Any, key: Any, rates: Any
) -> tuple[TrainingState, ObjectParams]:
    """As `train`, to be compiled."""

    def step(
        state: TrainingState, given: tuple[Any, Any, Any]
    ) -> tuple[TrainingState, ObjectParams]:
        windows, key, rate = given
        keys = jax.random.split(key, training.settings.critic_steps + 1)
        critic = (state.critic, state.critic_moments)
        for number in range(training.settings.critic_steps):
            critic = _critic_step(
                training, critic, state.params, model, windows[number], keys[number], rate[1]
            )
        params, moments = _object_step(
            training, state, critic[0], model, windows.shape[1], keys[-1], rate[0]
        )
        return TrainingState(params, critic[0], moments, critic[1]), params

    keys = jax.random.split(key, len(real))
    last, path = jax.lax.scan(step, state, (real, keys, rates))
    return last, path


def _critic_step(
    training: Training,
    critic: tuple[Critic, Any],
    params: ObjectParams,
    model: WindowModel,
    real: Any,
    key: Any,
    rate: Any,
) -> tuple[Critic, Any]:
    draw, mix = jax.random.split(key)
    seen, unseen = training.fakes(params, model, draw, len(real))
    share, shown = model.share(params.logit), training.shown(real)
    weights, moments = critic
    gradient = jax.grad(training.loss.critic_loss)(weights, share, shown, seen, unseen, mix)
    optimiser = training.optimiser(training.settings.critic_betas)
    direction, moments = optimiser.update(gradient, moments)
    return jax.tree.map(lambda w, d: w - rate * d, weights, direction), moments


def _object_step(
    training: Training,
    state: TrainingState,
    critic: Critic,
    model: WindowModel,
    count: int,
    key: Any,
    rate: Any,
) -> tuple[ObjectParams, Any]:
    def loss(params: ObjectParams) -> Any:
        seen, unseen = training.fakes(params, model, key, count)
        return training.loss.object_loss(critic, model.share(params.logit), seen, unseen)

    gradient = jax.grad(loss)(state.params)
    if not training.noise_free:
        gradient = gradient._replace(noise=jnp.zeros_like(gradient.noise))
    optimiser = training.optimiser(training.settings.object_betas)
    direction, moments = optimiser.update(gradient, state.object_moments)
    return jax.tree.map(lambda v, d: v - rate * d, state.params, direction), moments
