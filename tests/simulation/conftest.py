"""What the simulator asks for while a test looks on."""

import numpy as np
import pytest


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The keys of all random streams, in the order in which they are asked for."""
    asked: list[tuple[int, ...]] = []
    sequence = np.random.SeedSequence

    def recorded(seed: int, *, spawn_key: tuple[int, ...]) -> np.random.SeedSequence:
        asked.append((seed, *spawn_key))
        return sequence(seed, spawn_key=spawn_key)

    monkeypatch.setattr(np.random, "SeedSequence", recorded)
    return asked
