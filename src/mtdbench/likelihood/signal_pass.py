"""The pass over whole signals: one compiled program."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mtdbench import clock
from mtdbench.backend import jax, jnp
from mtdbench.likelihood.copy_ratios import aligned_sums, any_copy
from mtdbench.likelihood.renewal_chain import backward, forward


@dataclass(frozen=True, slots=True, eq=False)
class SignalSums:
    """Sums over all sets of copies of some signals, by their posterior.

    Attributes
    ----------
    log_evidence : float
        The log-likelihood against noise alone.
    images, visibility : array, shape (K, L)
        What is seen of each template, aligned, and how often each of its samples was measured.
    begins : array, shape (n, R, m)
        P(a copy begins at this place), of n blocks of m places of R signals, those beyond the last
        place of the signal among them.
    follows : array, shape (m, m + J)
        See `mtdbench.likelihood.renewal_chain.backward`.
    is_last : array, shape (m + J,)
        Copies that none has followed yet at the end, by their place among the last m + J; the sum
        over the signals.
    """

    log_evidence: float
    images: np.ndarray
    visibility: np.ndarray
    begins: np.ndarray
    follows: np.ndarray
    is_last: np.ndarray


@dataclass(frozen=True, slots=True)
class SignalShape:
    """What a program is compiled for.

    Attributes
    ----------
    parts, blocks : int
        The blocks of a signal are read in so many parts of so many blocks.
    signals : int
        R.
    places : int
        m, of a block.
    inside : int
        Places of a signal at which a copy lies wholly within it.
    remembered : int
        J.
    length : int
        L.
    poses : int
        K.
    channels : int
        2 if some samples were not measured, else 1.
    """

    parts: int
    blocks: int
    signals: int
    places: int
    inside: int
    remembered: int
    length: int
    poses: int
    channels: int

    @property
    def rows(self) -> tuple[int, int, int]:
        """Of a channel: parts, rows of one, samples of a row."""
        return self.parts, self.blocks * self.signals, self.places + self.length - 1

    @property
    def by_block(self) -> tuple[int, int, int]:
        """n, R, m."""
        return self.parts * self.blocks, self.signals, self.places


def signal_pass(
    rows: list[Any],
    templates: np.ndarray,
    log_weights: np.ndarray,
    sigma: float,
    log_transitions: np.ndarray,
    log_survival: np.ndarray,
    shape: SignalShape,
) -> SignalSums:
    """The sums of signals in `shape.channels` channels of rows, see `copy_ratios`."""
    program = _signal_program(shape)
    sums = program(rows, templates, log_weights, np.float64(sigma), log_transitions, log_survival)
    evidence, *arrays = sums
    return SignalSums(float(evidence), *map(np.asarray, arrays))


@lru_cache(maxsize=32)
def _signal_program(shape: SignalShape) -> Any:
    n, _, m = shape.by_block
    inside = (np.arange(n * m) < shape.inside).reshape(n, 1, m)

    def over_signals(
        rows: Any, templates: Any, log_weights: Any, sigma: Any, log_transitions: Any, survival: Any
    ) -> Any:
        arguments = templates, log_weights, sigma, m
        ratios = any_copy(rows, *arguments).reshape(shape.by_block)
        ratios = jnp.where(inside, ratios, 0.0)
        passed = forward(ratios, log_transitions)
        ends = passed.last + survival
        evidence = jax.nn.logsumexp(ends, axis=1, keepdims=True)
        begins, follows = backward(passed, ratios, log_transitions, survival)
        seen = (begins * inside).reshape(*shape.rows[:2], m)
        images, visibility = aligned_sums(rows, seen, *arguments)
        is_last = jnp.sum(jnp.exp(ends - evidence), axis=0)[:-1]
        total = jnp.sum(evidence[:, 0] + passed.scale)
        return total, images, visibility, begins, follows, is_last

    with clock.setup():
        return jax.jit(over_signals).lower(*_argument_shapes(shape)).compile()


def _argument_shapes(shape: SignalShape) -> list[Any]:
    reach, m = shape.places + shape.remembered, shape.places
    rows = [jax.ShapeDtypeStruct(shape.rows, np.float64)] * shape.channels
    others = (shape.poses, shape.length), (shape.poses,), (), (m + 1, reach + 1), (reach + 1,)
    return [rows, *(jax.ShapeDtypeStruct(each, np.float64) for each in others)]
