"""Ranks of MPI, through mpi4py."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import numpy as np

from mtdbench.errors import InputError
from mtdbench.ranks.communicator import RankError

_T = TypeVar("_T")

MOST_AXES = 8  # of an array that is sent
CARRIED = (InputError, MemoryError)  # errors that stay what they are on other ranks
POLL_RANKS_SECONDS = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class MPIRanks:
    """The ranks of an MPI communicator, see `mtdbench.ranks.communicator.Ranks`.

    Sums are made on rank 0 and sent from there, since an all-reduce of MPI need not round alike on
    all ranks, and ranks that differ in a bit may part ways at a comparison.

    Attributes
    ----------
    comm : mpi4py.MPI.Comm
        For the work.
    leaving : mpi4py.MPI.Comm
        For the end alone, see `leave`.
    """

    comm: Any
    leaving: Any

    @property
    def rank(self) -> int:
        """The number of this process."""
        return int(self.comm.rank)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.comm.size)

    def agree(self, work: Callable[[], _T]) -> _T:
        """What `work` gives here, if it failed nowhere."""
        error = None
        try:
            result = work()
        except Exception as raised:
            error = raised
        flags = np.empty(self.size)
        self.comm.Allgather(np.array([float(error is not None)]), flags)
        if flags.any():
            self._fail(error, int(flags.argmax()))
        return result

    def total(self, work: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
        """The sums over all ranks of each array."""
        arrays = self.agree(work)
        mine = np.concatenate([np.ravel(array) for array in arrays]).astype(float, copy=False)
        sums = np.empty_like(mine)
        self.comm.Reduce(mine, sums, root=0)
        self.comm.Bcast(sums, root=0)
        ends = np.cumsum([np.size(array) for array in arrays])
        parts = zip(np.split(sums, ends[:-1]), arrays, strict=True)
        return [part.reshape(np.shape(array)) for part, array in parts]

    def stacked(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """The rows of all ranks."""
        rows = np.ascontiguousarray(self.agree(work), dtype=float)
        counts = np.empty(self.size)
        self.comm.Allgather(np.array([float(rows.size)]), counts)
        every = np.empty(int(counts.sum()))
        self.comm.Allgatherv(rows, [every, counts.astype(int).tolist()])
        return every.reshape(-1, *rows.shape[1:])

    def from_first(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        """What `work` gives on rank 0."""
        mine = self.agree(work if self.rank == 0 else lambda: np.empty(0))
        return self._sent(mine, 0)

    def leave(self, patience: float | None, why: str = "") -> None:
        """Wait for the others without keeping a core busy."""
        request, started = self.leaving.Ibarrier(), time.monotonic()
        while not request.Test():
            if patience is not None and time.monotonic() - started > patience:
                sys.stderr.write(f"mtdbench: rank {self.rank} ends all: {why or 'others hang'}\n")
                sys.stderr.flush()
                self.comm.Abort(1)
            time.sleep(POLL_RANKS_SECONDS)

    def _sent(self, array: np.ndarray, root: int) -> np.ndarray:
        """An array of rank `root`, on all ranks."""
        header = np.zeros(MOST_AXES + 1)
        if self.rank == root:
            header[0], header[1 : array.ndim + 1] = array.ndim, array.shape
        self.comm.Bcast(header, root=root)
        shape = header[1 : int(header[0]) + 1].astype(int)
        sent = np.empty(shape)
        if self.rank == root:
            sent[...] = array
        self.comm.Bcast(sent, root=root)
        return sent

    def _fail(self, error: Exception | None, culprit: int) -> NoReturn:
        """Raise the error of rank `culprit`, on that rank itself and on all others."""
        kinds = [number for number, kind in enumerate(CARRIED) if isinstance(error, kind)]
        text = f"rank {culprit}: {error if kinds else repr(error)}".encode(errors="replace")
        content = np.array([*(kinds or [len(CARRIED)])[:1], *text], dtype=float)
        kind, *letters = self._sent(content, culprit).astype(int).tolist()
        if self.rank == culprit and error is not None:
            raise error
        message = bytes(letters).decode(errors="replace")
        raise (*CARRIED, RankError)[kind](message) from error


def world_ranks() -> MPIRanks:
    """All ranks that were started together; MPI begins here."""
    from mpi4py import MPI

    return MPIRanks(MPI.COMM_WORLD, MPI.COMM_WORLD.Dup())


def leave_world() -> None:
    """End MPI: nothing is sent any more, and this process may end in any way."""
    from mpi4py import MPI

    MPI.Finalize()
