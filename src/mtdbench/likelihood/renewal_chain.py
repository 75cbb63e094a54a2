"""Forward and backward over the blocks of a renewal process: every set of copies is summed over.

A copy at s depends on those at or before s - m alone, so that m places are one step. The state
before a block is what `mtdbench.model.gap_law.GapLaw.log_transitions` says. All weights are kept as
logarithms, whose largest is 0 in each block, so that neither a long signal nor a plain copy takes
them beyond what numbers can hold.

Source: Rabiner, *A tutorial on hidden Markov models*, Proc. IEEE 77 (1989); Yu, *Hidden semi-Markov
models*, Artificial Intelligence 174 (2010).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mtdbench.backend import jax, jnp
from mtdbench.model.gap_law import LOG_ZERO

_lax = jax.lax


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """What the forward pass leaves behind, of R signals in n blocks.

    Attributes
    ----------
    states : array, shape (n, R, m + J + 1)
        Log weights before each block, up to a constant for each block and signal.
    last : array, shape (R, m + J + 1)
        The same after the last one.
    scale : array, shape (R,)
        The log of what `last` is to be multiplied by.
    """

    states: Any
    last: Any
    scale: Any


def forward(log_ratios: Any, log_transitions: Any) -> ForwardPass:
    """The weights of all that may lie before each block.

    Parameters
    ----------
    log_ratios : array, shape (n, R, m)
        Of a copy that begins at each place, against noise alone; 0 at places beyond the last.
    log_transitions : array, shape (m + 1, m + J + 1)
    """
    signals, m = log_ratios.shape[1:]
    width = log_transitions.shape[1]
    free = np.where(np.arange(width) == width - 1, 0.0, LOG_ZERO)

    def step(carry: Any, ratios: Any) -> Any:
        state, scale = carry
        reached = jax.nn.logsumexp(log_transitions + state[:, None], axis=2)
        begins, waits = reached[:, :m] + ratios, reached[:, m:]
        after = jnp.concatenate([state[:, m:-1], begins, waits], axis=1)
        top = jnp.max(after, axis=1, keepdims=True)
        return (after - top, scale + top[:, 0]), state

    start = jnp.tile(free, (signals, 1)), jnp.zeros(signals)
    (last, scale), states = _lax.scan(step, start, log_ratios)
    return ForwardPass(states, last, scale)


def backward(
    passed: ForwardPass, log_ratios: Any, log_transitions: Any, log_survival: Any
) -> tuple[Any, Any]:
    """The posterior of all places.

    Returns
    -------
    begins : array, shape (n, R, m)
        P(a copy begins at this place).
    follows : array, shape (m, m + J)
        How many copies at place k of a block follow one at place i of those before it, in the mean;
        the sum over all blocks and signals. 0 where no gap is free: nobody asks.
    """
    m, width = log_ratios.shape[2], log_transitions.shape[1]
    signals, remembered = log_ratios.shape[1], width - 1 - m

    def step(carry: Any, block: Any) -> Any:
        future, follows = carry
        state, ratios = block
        begun = ratios + future[:, remembered:-1]
        ways = log_transitions + jnp.concatenate([begun, future[:, -1:]], axis=1)[:, :, None]
        top = jnp.max(ways, axis=1)
        ways = jnp.exp(ways - top[:, None])
        before = top + jnp.log(jnp.sum(ways, axis=1))
        if remembered:
            kept = jnp.logaddexp(before[:, m:-1], future[:, :remembered])
            before = jnp.concatenate([before[:, :m], kept, before[:, -1:]], axis=1)
        evidence = jax.nn.logsumexp(state + before, axis=1, keepdims=True)
        posterior = ways[:, :m] * jnp.exp(state + top - evidence)[:, None]
        if remembered:
            follows += jnp.sum(posterior[:, :, :-1], axis=0)
        before -= jnp.max(before, axis=1, keepdims=True)
        return (before, follows), jnp.sum(posterior, axis=2)

    start = jnp.tile(log_survival, (signals, 1)), jnp.zeros((m, width - 1))
    (_, follows), begins = _lax.scan(step, start, (passed.states, log_ratios), reverse=True)
    return begins, follows
