"""What critic and object are trained on.

The share pi of occupied windows enters by the exact mean over it,

    E f(fake) = pi E f(occupied) + (1 - pi) E f(empty),

which has less variance than drawing it and a gradient in pi.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mtdbench.backend import jax, jnp
from mtdbench.estimators.cryogan.critic import Critic, score

LossName = Literal["logistic", "wasserstein"]
LEAST_SQUARE = 1e-12


@dataclass(frozen=True, slots=True)
class Loss:
    """One of the two pairs of losses, D(w) being the critic's score:

    logistic : the critic minimises E softplus(-D(real)) + E softplus(D(fake))
        + penalty / 2 E |grad D(real)|^2, the object E softplus(-D(fake));
    wasserstein : the critic minimises E D(fake) - E D(real) + penalty E (|grad D(mixed)| - 1)^2,
        at points between a real and a fake window, the object -E D(fake).

    The gradient is that with respect to a whole window, and its norm is penalised, not each pixel.

    Source: Mescheder, Geiger, Nowozin, *Which training methods for GANs do actually converge?*,
    ICML 2018 (logistic, R1); Gulrajani et al., *Improved training of Wasserstein GANs*, NeurIPS
    2017; Gupta, McCann, Donati, Unser, *CryoGAN* (its use for volumes).
    """

    name: LossName
    penalty: float

    def critic_loss(
        self, critic: Critic, share: Any, real: Any, occupied: Any, empty: Any, key: Any
    ) -> Any:
        """What the critic minimises."""
        if self.name == "logistic":
            fakes = mixed(share, occupied, empty, lambda w: jax.nn.softplus(score(critic, w)))
            loss = jnp.mean(jax.nn.softplus(-score(critic, real))) + fakes
            return loss + self.penalty / 2 * jnp.mean(_squares(critic, real))
        fakes = mixed(share, occupied, empty, lambda w: score(critic, w))
        which, where = jax.random.split(key)
        drawn = jax.random.uniform(which, (len(real), 1)) < share
        t = jax.random.uniform(where, (len(real), 1), real.dtype)
        between = t * real + (1 - t) * jnp.where(drawn, occupied, empty)
        norms = jnp.sqrt(_squares(critic, between) + np.float32(LEAST_SQUARE))
        return fakes - jnp.mean(score(critic, real)) + self.penalty * jnp.mean((norms - 1) ** 2)

    def object_loss(self, critic: Critic, share: Any, occupied: Any, empty: Any) -> Any:
        """What the object and the share minimise."""
        if self.name == "logistic":
            return mixed(share, occupied, empty, lambda w: jax.nn.softplus(-score(critic, w)))
        return mixed(share, occupied, empty, lambda w: -score(critic, w))


def mixed(share: Any, occupied: Any, empty: Any, f: Callable[[Any], Any]) -> Any:
    """pi E f(occupied) + (1 - pi) E f(empty)."""
    return share * jnp.mean(f(occupied)) + (1 - share) * jnp.mean(f(empty))


def _squares(critic: Critic, windows: Any) -> Any:
    """|grad D(w)|^2 of each window, shape (B,)."""
    gradient = jax.grad(lambda w: jnp.sum(score(critic, w)))(windows)
    return jnp.sum(gradient**2, axis=1)
