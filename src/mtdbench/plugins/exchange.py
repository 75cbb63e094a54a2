"""The format in which a command is given a measurement and answers with estimates.

It is described in docs/other-languages.md.
"""

import math
from typing import IO, Any, Literal

import numpy as np

from mtdbench.model.measurement import Estimate, Measurement, pieces
from mtdbench.spaces import Space

Answers = Literal["samples", "coefficients"]

EXCHANGE_VERSION = 1
HEADER_BYTES = 1024
NUMBERS = ("density", "objective", "sigma")
"""Facts of an estimate that are real numbers."""


def write_exchange(file: IO[bytes], measurement: Measurement, seed: int, answers: Answers) -> None:
    """Write the header, the samples behind it, and go back to the beginning.

    Parameters
    ----------
    file : binary file
        An empty one.
    measurement : Measurement
    seed : int
        For the command's random numbers, below 2^31.
    answers : str
        What the command answers with.
    """
    file.write(exchange_header(measurement, seed, answers))
    for piece in pieces(measurement.stack):
        file.write(np.ascontiguousarray(piece, dtype="<f8").tobytes())
    file.flush()
    file.seek(0)


def exchange_header(measurement: Measurement, seed: int, answers: Answers) -> bytes:
    """Lines `name value...`, filled up to 1024 bytes with spaces and a line's end."""
    space, stack = measurement.space, measurement.stack
    facts: dict[str, Any] = {
        "format": EXCHANGE_VERSION,
        "space": space.name,
        "basis": space.basis,
        "spacing": measurement.spacing,
        "dimension": space.window.ndim,
        "micrographs": len(stack),
        "size": " ".join(map(str, stack.shape[1:])),
        "window": " ".join(map(str, space.window.shape)),
        "answers": answers,
        "numbers": _numbers(space, answers),
        "shape": " ".join(map(str, space.shape)),
        "sigma": repr(math.nan if measurement.sigma is None else float(measurement.sigma)),
        "seed": seed,
    }
    text = "".join(f"{name} {value}\n" for name, value in facts.items()).encode()
    return text.ljust(HEADER_BYTES - 1) + b"\n"


def read_estimate(text: str, space: Space, answers: Answers) -> Estimate:
    """The estimate in a line: facts as `name=value`, and the numbers.

    Raises
    ------
    ValueError
        If there are more or fewer numbers than the header asks for, a word is none, or a fact is
        unknown.
    """
    words = text.split()
    facts = dict(word.split("=", 1) for word in words if "=" in word)
    x = np.array([float(word) for word in words if "=" not in word])
    if len(x) != (expected := _numbers(space, answers)):
        raise ValueError(f"an estimate of {len(x)} numbers: expected {expected} {answers}")
    if answers == "samples" and np.isfinite(x).all():
        x = space.expand(x.reshape(space.shape))
    return Estimate(x=np.resize(x, space.size), **_facts(facts))


def _numbers(space: Space, answers: Answers) -> int:
    return space.size if answers == "coefficients" else math.prod(space.shape)


def _facts(words: dict[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, text in words.items():
        if name in NUMBERS:
            facts[name] = float(text)
        elif name == "iterations":
            facts[name] = int(text)
        elif name == "converged" and text in ("true", "false"):
            facts[name] = text == "true"
        else:
            known = "iterations=, converged=true or false, density=, objective=, sigma="
            raise ValueError(f"the fact '{name}={text}' of an estimate: expected {known}")
    return facts
