"""Where critic and object meet: the measurement's windows and the poses they learn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.backend import jax
from mtdbench.estimators.cryogan.critic import make_critic
from mtdbench.estimators.cryogan.layouts import layouts
from mtdbench.estimators.cryogan.training import Game, Object, State, train
from mtdbench.estimators.cryogan.window_simulator import Scene, pool
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.patches import every_window
from mtdbench.model.shifts import empty_share

TOGETHER = 25  # steps to a call of compiled code, and to an estimate
AVERAGED = 0.25  # share of the steps, the last ones, whose mean is the estimate
POSES = 512  # of the pool, drawn anew for each call
FREQUENCY = 0.8  # of the critic's waves at first, in units of 1 / sigma


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """The game on a measurement.

    Attributes
    ----------
    measurement : Measurement
    rng : numpy Generator
    game : Game
    unit : float
        sigma, or a guess at it: that of windows.
    scale : float
        Of the coefficients, so that one learning rate serves all SNRs.
    width : int
        W / L of the windows.
    """

    measurement: Measurement
    rng: np.random.Generator
    game: Game
    unit: float
    scale: float
    width: int

    def start(self, x: np.ndarray, waves: int) -> State:
        """Before the first step: an object x, and a critic of so many random waves."""
        window = self.game.space.window
        share = 1 - empty_share(GUESSED_DENSITY, window)
        logit = np.float32(np.log(share / (1 - share)))
        thing = Object(np.asarray(x / self.scale, np.float32), logit, np.float32(0))
        critic = make_critic(self._key(), window.shape, self.width, waves, FREQUENCY)
        return self.game.start(thing, critic)

    def play(self, state: State, rates: np.ndarray, batch: int) -> Iterator[tuple[State, Object]]:
        """The state after every `TOGETHER` steps, and the objects since the last."""
        game = self.game
        for begin in range(0, len(rates), TOGETHER):
            now = rates[begin : begin + TOGETHER]
            real = self._windows((len(now), game.setting.critic_steps, batch))
            scene = self._scene(state.object.logit)
            state, path = train(game, state, scene, real, self._key(), now)
            yield state, jax.tree.map(np.asarray, path)

    def estimate(self, path: list[Object], note: str) -> Estimate:
        """The mean over the last quarter of the steps of a path."""
        x, logit, noise = (np.concatenate(parts).astype(float) for parts in zip(*path, strict=True))
        last = slice(-max(1, int(AVERAGED * len(x))), None)
        return Estimate(
            self.scale * x[last].mean(axis=0),
            density=self._density(logit[last]),
            sigma=self.unit * float(np.exp(noise[last].mean())),
            iterations=len(x),
            note=f"{note}, {len(x)} steps",
        )

    def _scene(self, logit: Any) -> Scene:
        """What windows are made of while so large a share is occupied, with new poses."""
        space = self.game.space
        drawn = layouts(space, self.width, self._density(logit), self.rng)
        operators = pool(space, self.rng, POSES, self.scale / self.unit)
        return Scene(operators, drawn.places, np.float32(drawn.ratio))

    def _density(self, logit: Any) -> float:
        """gamma where windows of L^d are occupied with these log odds, in the mean."""
        window = self.game.space.window
        share = float(np.mean(1 / (1 + np.exp(-np.asarray(logit, float)))))
        return share / window.visible_share

    def _key(self) -> Any:
        return jax.random.key(int(self.rng.integers(2**31)))

    def _windows(self, shape: tuple[int, ...]) -> np.ndarray:
        """Windows at random offsets in units of sigma, shape (*shape, W^d), float32."""
        stack = self.measurement.stack
        every = every_window(stack, self.measurement.space.window.times(self.width))
        index = tuple(self.rng.integers(0, n, shape) for n in every.shape[: stack.ndim])
        chosen = every[index].reshape(*shape, -1)
        return np.asarray(chosen / self.unit, np.float32)
