"""Named streams of random numbers.

Every random number of a study derives from (study seed, dataset, trial, purpose) and from nothing
else, so results do not depend on the order of jobs, on the number of cores or on which other cells
a study has. Streams with different names are independent.
"""

from hashlib import blake2b

import numpy as np


def sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """The seed sequence of `seed` and a path of names, e.g. `("disc-L5", 3, "noise")`."""
    digest = blake2b("\x1f".join(map(str, names)).encode(), digest_size=16).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.SeedSequence(seed, spawn_key=key)


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator on the stream of that name."""
    return np.random.default_rng(sequence(seed, *names))


def derive(seed: int, *names: str | int) -> int:
    """A 32-bit integer seed of that name, short enough to type on a command line."""
    return int(sequence(seed, *names).generate_state(1)[0])
