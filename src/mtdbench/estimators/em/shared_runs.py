"""Runs of EM that several ranks share: each is the work of one of them, and all learn its state."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mtdbench.estimators.em.iteration import EMState
from mtdbench.estimators.em.operator import Parameters
from mtdbench.ranks.communicator import Ranks

OwnedRun = tuple[int, Iterator[EMState]]
"""A run and the rank that works on it; on the other ranks it stays where it is."""


def owned_runs(ranks: Ranks, runs: Iterable[Iterator[EMState]]) -> list[OwnedRun]:
    """The runs, dealt to the ranks in turn."""
    return [(number % ranks.size, run) for number, run in enumerate(runs)]


@dataclass(frozen=True, slots=True)
class StateRow:
    """The state of a run as a row of numbers: x, the prior, sigma, objective, iteration, residual.

    Attributes
    ----------
    unknowns, overlaps : int
        Length of x and of the prior.
    """

    unknowns: int
    overlaps: int

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return self.unknowns + self.overlaps + 4

    def packed(self, state: EMState) -> np.ndarray:
        """The row of a state."""
        p, rest = state.parameters, (state.objective, state.iteration, state.residual)
        return np.concatenate([p.x, p.prior, [p.sigma, *rest]])

    def unpacked(self, row: np.ndarray) -> EMState:
        """The state of a row."""
        x, prior, rest = np.split(row, [self.unknowns, self.unknowns + self.overlaps])
        sigma, objective, iteration, residual = rest.tolist()
        return EMState(Parameters(x, prior, sigma), objective, int(iteration), residual)


def advanced(ranks: Ranks, row: StateRow, runs: Sequence[OwnedRun], count: int) -> list[EMState]:
    """The state of each run after `count` more iterations, the same on all ranks."""

    def share() -> list[np.ndarray]:
        table = np.zeros((len(runs), row.width))
        for number, (owner, run) in enumerate(runs):
            if owner == ranks.rank:
                *_, state = islice(run, count)
                table[number] = row.packed(state)
        return [table]

    (table,) = ranks.total(share)
    return [row.unpacked(each) for each in table]
