"""The windows of a measurement, and training on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.backend import jax
from mtdbench.estimators.cryogan.critic import make_critic
from mtdbench.estimators.cryogan.layouts import layouts
from mtdbench.estimators.cryogan.training import ObjectParams, Training, TrainingState, train
from mtdbench.estimators.cryogan.window_simulator import WindowModel, pose_pool
from mtdbench.estimators.random_start import GUESSED_DENSITY
from mtdbench.model.measurement import Estimate, Measurement
from mtdbench.model.patches import every_window
from mtdbench.model.shifts import empty_share
from mtdbench.spaces import Window

STEPS_PER_CALL = 25  # of compiled code, and to an estimate
AVERAGED_SHARE = 0.25  # of the steps, the last ones, whose mean is the estimate
POOL_POSES = 512  # drawn anew for each call
WAVE_FREQUENCY = 0.8  # of the critic's waves at first, in units of 1 / sigma


@dataclass(frozen=True, slots=True, eq=False)
class WindowData:
    """A measurement cut into windows at random offsets, on which object and critic are trained.

    Attributes
    ----------
    measurement : Measurement
    rng : numpy Generator
    training : Training
    noise_scale : float
        sigma, or a guess at it: the unit of windows.
    scale : float
        The unit of the coefficients, so that one learning rate serves all SNRs.
    width : int
        W / L of the windows.
    """

    measurement: Measurement
    rng: np.random.Generator
    training: Training
    noise_scale: float
    scale: float
    width: int

    @property
    def window(self) -> Window:
        """The window of L^d in which a copy shows."""
        return self.measurement.forward.support

    def start(self, x: np.ndarray, waves: int) -> TrainingState:
        """The state before the first step: an object x, and a critic of so many random waves."""
        share = 1 - empty_share(GUESSED_DENSITY, self.window)
        logit = np.float32(np.log(share / (1 - share)))
        params = ObjectParams(np.asarray(x / self.scale, np.float32), logit, np.float32(0))
        critic = make_critic(self._key(), self.window.shape, self.width, waves, WAVE_FREQUENCY)
        return self.training.start(params, critic)

    def train(
        self, state: TrainingState, rates: np.ndarray, batch: int
    ) -> Iterator[tuple[TrainingState, ObjectParams]]:
        """The state after every `STEPS_PER_CALL` steps, and the objects since the last.

        Parameters
        ----------
        state : TrainingState
        rates : array, shape (steps, 2)
            Learning rates of object and critic.
        batch : int
            Windows to a step.
        """
        for begin in range(0, len(rates), STEPS_PER_CALL):
            part = rates[begin : begin + STEPS_PER_CALL]
            real = self._windows((len(part), self.training.settings.critic_steps, batch))
            model = self._model(state.params.logit)
            state, path = train(self.training, state, model, real, self._key(), part)
            yield state, jax.tree.map(np.asarray, path)

    def estimate(self, path: list[ObjectParams], note: str) -> Estimate:
        """The mean over the last quarter of the steps of a path."""
        x, logit, noise = (np.concatenate(parts).astype(float) for parts in zip(*path, strict=True))
        last = slice(-max(1, int(AVERAGED_SHARE * len(x))), None)
        return Estimate(
            self.scale * x[last].mean(axis=0),
            density=self._density(logit[last]),
            sigma=self.noise_scale * float(np.exp(noise[last].mean())),
            iterations=len(x),
            note=f"{note}, {len(x)} steps",
        )

    def _model(self, logit: Any) -> WindowModel:
        """What windows are made of while so large a share is occupied, with new poses."""
        drawn = layouts(self.window, self.width, self._density(logit), self.rng)
        unit = self.scale / self.noise_scale
        operators = pose_pool(self.measurement.forward, self.rng, POOL_POSES, unit)
        return WindowModel(operators, drawn.places, np.float32(drawn.ratio))

    def _density(self, logit: Any) -> float:
        """gamma where windows of L^d are occupied with these log odds, in the mean."""
        share = float(np.mean(1 / (1 + np.exp(-np.asarray(logit, float)))))
        return share / self.window.visible_share

    def _key(self) -> Any:
        return jax.random.key(int(self.rng.integers(2**31)))

    def _windows(self, shape: tuple[int, ...]) -> np.ndarray:
        """Windows at random offsets in units of sigma, shape (*shape, W^d), float32."""
        stack = self.measurement.stack
        every = every_window(stack, self.window.times(self.width))
        index = tuple(self.rng.integers(0, n, shape) for n in every.shape[: stack.ndim])
        chosen = every[index].reshape(*shape, -1)
        return np.asarray(chosen / self.noise_scale, np.float32)
