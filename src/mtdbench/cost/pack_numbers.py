"""Short jobs that share a cluster job: the jobs of one step of a study, cut into packs."""

from collections.abc import Sequence

SHORTEST = 120.0
"""Expected seconds that fill a pack at least. Laws are right within a factor of two: then a pack
takes a minute."""
LONGEST = 3600.0
"""Expected seconds that fill a pack in any case."""
PARALLEL = 24
"""Packs that a step of a study is cut into where the above allow it."""


def pack_numbers(seconds: Sequence[float]) -> list[int]:
    """The number of the pack of each job, from 0; jobs of a pack follow one another.

    Parameters
    ----------
    seconds : sequence of float
        What each job is expected to take. A pack is full when its jobs take the target together;
        what is left over at the end and would be a short pack joins the last one.
    """
    target = min(max(SHORTEST, sum(seconds) / PARALLEL), LONGEST)
    numbers: list[int] = []
    number, filled = 0, 0.0
    for value in seconds:
        numbers.append(number)
        filled += value
        if filled >= target:
            number, filled = number + 1, 0.0
    if number and filled < SHORTEST:
        return [min(n, number - 1) for n in numbers]
    return numbers
