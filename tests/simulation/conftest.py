"""What the simulator asks for while a test looks on."""

import numpy as np
import pytest

from mtdbench import seeds


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | int, ...]]:
    """The names of all random streams, in the order in which they are asked for."""
    asked: list[tuple[str | int, ...]] = []
    stream = seeds.stream

    def recorded(*names: str | int) -> np.random.Generator:
        asked.append(names)
        return stream(*names)

    monkeypatch.setattr(seeds, "stream", recorded)
    return asked
