"""Ranks: processes that run the same program, each on its share of the data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

import numpy as np

_T = TypeVar("_T")


class RankError(RuntimeError):
    """What went wrong on another rank."""


class Ranks(Protocol):
    """The processes of one run, rank 0 to size - 1.

    All ranks run the same program with the same random numbers, and call the same methods in the
    same order. Between two calls each works for itself. If `work` raises on any rank, the call
    raises on all of them: none waits for one that has given up.
    """

    @property
    def rank(self) -> int:
        """The number of this process."""

    @property
    def size(self) -> int:
        """How many there are."""

    def agree(self, work: Callable[[], _T]) -> _T:
        """What `work` gives on this rank, as soon as it is done on all.

        Raises
        ------
        InputError, MemoryError, RankError
            If it failed on another rank, whose number and error the message names.
        """

    def total(self, work: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
        """The sums over all ranks of the float64 arrays that `work` gives, of the same shapes on
        each; one all-reduce. The sums are the same on all ranks, to the bit.
        """

    def stacked(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """The rows that `work` gives on each rank, float64, below each other in the order of the
        ranks: (m_r, ...) to (sum m_r, ...).
        """

    def from_first(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """The float64 array that `work` gives on rank 0; the others do not call it."""

    def leave(self, patience: float | None, why: str = "") -> None:
        """Wait for the others to leave too, at most so many seconds; then end all of them, and say
        why. It is the last call.
        """


@dataclass(frozen=True, slots=True)
class OneRank:
    """A single process: it has all of the work, and nothing is sent."""

    rank: ClassVar[int] = 0
    size: ClassVar[int] = 1

    def agree(self, work: Callable[[], _T]) -> _T:
        """What `work` gives."""
        return work()

    def total(self, work: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
        """What `work` gives."""
        return work()

    def stacked(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """What `work` gives."""
        return work()

    def from_first(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """What `work` gives."""
        return work()

    def leave(self, patience: float | None, why: str = "") -> None:
        """Nobody is waited for."""


ONE_RANK = OneRank()


def share_of(ranks: Ranks, count: int, block: int = 1) -> range:
    """Which of `count` items this rank works on: a run of whole blocks of items, as many as any
    other rank or one less; perhaps none.
    """
    blocks = -(-count // block)
    bounds = (blocks * number // ranks.size for number in (ranks.rank, ranks.rank + 1))
    return range(*(min(bound * block, count) for bound in bounds))
