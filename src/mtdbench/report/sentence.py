"""A sentence of the report's first screen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """What is said of a sweep: the claim, and the numbers behind it."""

    claim: str
    numbers: str
