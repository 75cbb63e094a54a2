"""Ranks in the threads of one process: the laws of sharing, without MPI; and estimators that share
their work, registered.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from mtdbench.estimators import registry

WAIT_SECONDS = 60
SHARED = Path(__file__).parent / "shared_estimators.py"


@dataclass
class Board:
    """Where ranks leave what they have, and wait until all have."""

    size: int
    slots: list[Any] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self.slots, self.barrier = [None] * self.size, Barrier(self.size)

    def exchanged(self, rank: int, value: Any) -> list[Any]:
        """What all ranks have, in their order."""
        self.slots[rank] = value
        self.calls += rank == 0
        self.barrier.wait(WAIT_SECONDS)
        every = list(self.slots)
        self.barrier.wait(WAIT_SECONDS)
        return every


@dataclass(frozen=True)
class ThreadRanks:
    """One of the ranks at a board."""

    board: Board
    rank: int

    @property
    def size(self) -> int:
        return self.board.size

    def _exchanged(self, work: Callable[[], Any]) -> list[Any]:
        try:
            mine, error = work(), None
        except Exception as raised:
            mine, error = None, raised
        every = self.board.exchanged(self.rank, (mine, error))
        for _, failed in every:
            if failed is not None:
                raise failed
        return [result for result, _ in every]

    def agree(self, work: Callable[[], Any]) -> Any:
        return self._exchanged(work)[self.rank]

    def total(self, work: Callable[[], list[np.ndarray]]) -> list[np.ndarray]:
        return [np.sum(parts, axis=0) for parts in zip(*self._exchanged(work), strict=True)]

    def stacked(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        return np.concatenate(self._exchanged(work))

    def from_first(self, work: Callable[[], np.ndarray]) -> np.ndarray:
        return self._exchanged(work if self.rank == 0 else lambda: None)[0].copy()


def in_threads(size: int, work: Callable[[Any], Any]) -> list[Any]:
    """What `work` gives on each of so many ranks."""
    board = Board(size)
    with ThreadPoolExecutor(size) as pool:
        runs = [pool.submit(partial(work, ThreadRanks(board, rank))) for rank in range(size)]
        return [run.result(WAIT_SECONDS) for run in runs]


@pytest.fixture
def shared_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the estimators of `shared_estimators.py` are, registered here and in every process that
    is started.
    """
    site = tmp_path / "site"
    metadata = site / "shared-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / SHARED.name).write_text(SHARED.read_text())
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shared\nVersion: 1.0\n")
    lines = [f"{name} = shared_estimators:{name}" for name in ("counting", "failing", "rude")]
    (metadata / "entry_points.txt").write_text("\n".join(["[mtdbench.estimators]", *lines, ""]))
    path = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.syspath_prepend(str(site))
    registry._entries.cache_clear()
    yield site
    registry._entries.cache_clear()


@pytest.fixture(scope="session")
def in_ranks() -> Callable[..., list[Any]]:
    return in_threads
