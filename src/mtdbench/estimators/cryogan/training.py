"""Critic and object in turn, many steps to a call."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import optax

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.estimators.cryogan.critic import Critic
from mtdbench.estimators.cryogan.losses import Loss
from mtdbench.estimators.cryogan.settings import Setting
from mtdbench.estimators.cryogan.window_simulator import Scene, empty, occupied
from mtdbench.spaces import Space


class Object(NamedTuple):
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


class State(NamedTuple):
    """Object and critic, and the moments that Adam keeps of their gradients."""

    object: Object
    critic: Critic
    object_moments: Any
    critic_moments: Any


@dataclass(frozen=True, slots=True)
class Game:
    """The rules: what does not change during a run.

    Attributes
    ----------
    space : Space
    loss : Loss
    setting : Setting
    noise_free : bool
        Whether the noise's standard deviation is estimated.
    """

    space: Space
    loss: Loss
    setting: Setting
    noise_free: bool

    def optimiser(self, betas: tuple[float, float]) -> optax.GradientTransformation:
        """Adam's direction; the rate is the caller's."""
        return optax.chain(
            optax.clip_by_global_norm(self.setting.clip), optax.scale_by_adam(*betas)
        )

    def start(self, start: Object, critic: Critic) -> State:
        """The state before the first step."""
        moments = self.optimiser(self.setting.object_betas).init(start)
        return State(start, critic, moments, self.optimiser(self.setting.critic_betas).init(critic))

    def fakes(self, thing: Object, scene: Scene, key: Any, count: int) -> tuple[Any, Any]:
        """Windows that see a part of a copy, and windows that see none."""
        one, other = jax.random.split(key)
        level = jnp.exp(thing.noise)
        relative = thing.x / level
        seen = level * occupied(relative, scene, one, count)
        return self.shown(seen), self.shown(level * empty(other, count, seen.shape[1]))

    def shown(self, windows: Any) -> Any:
        """Windows as the critic sees them."""
        if not self.setting.normalised:
            return windows
        centred = windows - jnp.mean(windows, axis=1, keepdims=True)
        return centred / jnp.std(windows, axis=1, keepdims=True)


def train(
    game: Game, state: State, scene: Scene, real: np.ndarray, key: Any, rates: np.ndarray
) -> tuple[State, Object]:
    """A number of steps.

    Parameters
    ----------
    game, state
    scene : Scene
    real : array, shape (steps, critic steps, B, W^d)
        Windows of the measurement, in units of sigma.
    key : the random numbers.
    rates : array, shape (steps, 2)
        Learning rates of object and critic.

    Returns
    -------
    state : State
    path : Object
        The object after each step, the steps along the first axis.
    """
    arguments = (state, scene, real, key, rates)
    shapes = tuple(np.shape(leaf) for leaf in jax.tree.leaves(arguments))
    program = _program(game, shapes, arguments)
    state, path = program(*arguments)
    return state, path


_PROGRAMS: dict[tuple[Game, tuple[tuple[int, ...], ...]], Any] = {}


def _program(game: Game, shapes: tuple[tuple[int, ...], ...], arguments: tuple[Any, ...]) -> Any:
    """The compiled steps for arguments of such shapes."""
    if (game, shapes) not in _PROGRAMS:
        with clock.setup():
            lowered = jax.jit(lambda *a: _steps(game, *a)).lower(*arguments)
            _PROGRAMS[game, shapes] = lowered.compile()
    return _PROGRAMS[game, shapes]


def _steps(
    game: Game, state: State, scene: Scene, real: Any, key: Any, rates: Any
) -> tuple[State, Object]:
    """As `train`, to be compiled."""

    def step(state: State, given: tuple[Any, Any, Any]) -> tuple[State, Object]:
        windows, key, rate = given
        keys = jax.random.split(key, game.setting.critic_steps + 1)
        critic = (state.critic, state.critic_moments)
        for number in range(game.setting.critic_steps):
            critic = _critic_step(
                game, critic, state.object, scene, windows[number], keys[number], rate[1]
            )
        thing, moments = _object_step(
            game, state, critic[0], scene, windows.shape[1], keys[-1], rate[0]
        )
        return State(thing, critic[0], moments, critic[1]), thing

    keys = jax.random.split(key, len(real))
    last, path = jax.lax.scan(step, state, (real, keys, rates))
    return last, path


def _critic_step(
    game: Game,
    critic: tuple[Critic, Any],
    thing: Object,
    scene: Scene,
    real: Any,
    key: Any,
    rate: Any,
) -> tuple[Critic, Any]:
    draw, mix = jax.random.split(key)
    seen, unseen = game.fakes(thing, scene, draw, len(real))
    share = scene.share(thing.logit)
    weights, moments = critic
    gradient = jax.grad(game.loss.critic)(weights, share, game.shown(real), seen, unseen, mix)
    way, moments = game.optimiser(game.setting.critic_betas).update(gradient, moments)
    return jax.tree.map(lambda w, d: w - rate * d, weights, way), moments


def _object_step(
    game: Game, state: State, critic: Critic, scene: Scene, count: int, key: Any, rate: Any
) -> tuple[Object, Any]:
    def loss(thing: Object) -> Any:
        seen, unseen = game.fakes(thing, scene, key, count)
        return game.loss.object(critic, scene.share(thing.logit), seen, unseen)

    gradient = jax.grad(loss)(state.object)
    if not game.noise_free:
        gradient = gradient._replace(noise=jnp.zeros_like(gradient.noise))
    way, moments = game.optimiser(game.setting.object_betas).update(gradient, state.object_moments)
    return jax.tree.map(lambda v, d: v - rate * d, state.object, way), moments
