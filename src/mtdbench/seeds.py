"""Named streams of random numbers.

Every random number of a study derives from (study seed, dataset, trial, purpose) and from nothing
else, so results do not depend on the order of jobs, on the number of cores or on which other cells
a study has. Streams with different names are independent.
"""

from hashlib import blake2b

import numpy as np


def sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """The seed sequence of `seed` and a path of names, e.g. `("disc-L5", 3, "noise")`."""
    return np.random.SeedSequence(seed, spawn_key=_key(names))


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator on the stream of that name."""
    return np.random.default_rng(sequence(seed, *names))


def stream_beside(rng: np.random.Generator, *names: str | int) -> np.random.Generator:
    """A generator on the stream of that name beside the one that `rng` began with: the same however
    much was drawn from `rng`, of which nothing is drawn.
    """
    root = rng.bit_generator.seed_seq
    assert isinstance(root, np.random.SeedSequence)
    key = (*root.spawn_key, *_key(names))
    return np.random.default_rng(np.random.SeedSequence(root.entropy, spawn_key=key))


def derive(seed: int, *names: str | int) -> int:
    """A 32-bit integer seed of that name, short enough to type on a command line."""
    return int(sequence(seed, *names).generate_state(1)[0])


def _key(names: tuple[str | int, ...]) -> tuple[int, ...]:
    digest = blake2b("\x1f".join(map(str, names)).encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
