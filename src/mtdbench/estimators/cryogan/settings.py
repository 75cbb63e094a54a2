"""Settings of the training of critic and object: ours, and those of the thesis."""

from dataclasses import dataclass

import numpy as np

from mtdbench.estimators.cryogan.losses import LossName

EPOCH_DECAY = 0.92  # what a pass over the data leaves of a rate in the thesis


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What stays the same during a run.

    Attributes
    ----------
    loss : what critic and object are trained on.
    starts : random starts.
    object_rate, critic_rate : learning rates at first.
    object_end, critic_end : the rates in the end, as shares of the first; they fall by half a
        period of a cosine. Where None, by 8 % with every pass over the data.
    object_betas, critic_betas : decay rates of Adam's moments.
    critic_steps : of the critic to one of the object.
    batch : windows of each kind to a step.
    r1, gradient_penalty : weights of the logistic and of the Wasserstein loss' penalty.
    clip : largest norm of a gradient.
    normalised : whether each window is brought to mean 0 and variance 1, as picked particles are.
    zero_init : whether the object is 0 at first.
    """

    loss: LossName
    starts: int
    object_rate: float
    critic_rate: float
    object_end: float | None
    critic_end: float | None
    object_betas: tuple[float, float]
    critic_betas: tuple[float, float]
    critic_steps: int
    batch: int
    r1: float
    gradient_penalty: float
    clip: float
    normalised: bool
    zero_init: bool

    def penalty(self, loss: LossName) -> float:
        """The weight of that loss' penalty."""
        return self.r1 if loss == "logistic" else self.gradient_penalty

    def rates(self, steps: int, batch: int, windows: int) -> np.ndarray:
        """Rates of object and critic, shape (steps, 2), with batches from so many windows."""
        done = np.arange(steps)
        cosine = (1 + np.cos(np.pi * done / steps)) / 2
        decay = EPOCH_DECAY ** (done * self.critic_steps * batch / windows)
        firsts = (self.object_rate, self.critic_rate)
        ends = (self.object_end, self.critic_end)
        course = [
            first * (decay if end is None else end + (1 - end) * cosine)
            for first, end in zip(firsts, ends, strict=True)
        ]
        return np.stack(course, axis=1).astype(np.float32)


DEFAULT_SETTINGS = TrainingSettings(
    loss="logistic",
    starts=4,
    object_rate=0.02,
    critic_rate=3e-3,
    object_end=0.01,  # below the critic's: the object would run away from a critic at rest
    critic_end=0.2,
    object_betas=(0.5, 0.9),
    critic_betas=(0.5, 0.999),
    critic_steps=1,
    batch=8192,
    r1=0.01,
    gradient_penalty=1.0,
    clip=1e6,
    normalised=False,
    zero_init=False,
)
PUBLISHED_SETTINGS = TrainingSettings(
    loss="wasserstein",
    starts=1,
    object_rate=1e-3,
    critic_rate=1e-3,
    object_end=None,
    critic_end=None,
    object_betas=(0.5, 0.9),
    critic_betas=(0.5, 0.9),
    critic_steps=4,
    batch=8,
    r1=1.0,
    gradient_penalty=1.0,
    clip=1.0,
    normalised=True,
    zero_init=True,
)
TRAINING_SETTINGS = {"default": DEFAULT_SETTINGS, "published": PUBLISHED_SETTINGS}
