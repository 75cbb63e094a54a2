"""Damage to files: bytes flipped, cut out, inserted, repeated, and taken from another file."""

import random
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, bytes, bytes], bytes]

WORDS = (
    b"", b"\x00", b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"nan", b"inf", b"-1", b"1e999", b"9" * 30,
    b"null", b"true", b"{}", b"[]", b'""', b'"\\ud800"', b"\xc3\x28", b"\xef\xbb\xbf", b"\n", b",",
    b"[" * 3000, b"{'a':" * 200, b"*a", b"&a ", b"!!float ", b"!!timestamp ", b"0x_", b"-.", b"=",
    b"2001-99-99", b"<f8", b"|O8", b"<c16", b"<U9", b"(1000000000000,)", b"'fortran_order': True",
    b"\x1f\x8b\x08\x00", b"PK\x05\x06", b"PAR1", b"../" * 9, "\u202e\u0000é𝟙".encode(), b" " * 5000,
)  # fmt: skip
"""What parsers stumble over."""


def flip(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Some bytes, near to each other or not, are others."""
    changed = bytearray(data)
    centre, reach = rng.randrange(len(data)), rng.choice((4, 64, len(data)))
    for _ in range(rng.choice((1, 1, 2, 8))):
        place = min(max(0, centre + rng.randint(-reach, reach)), len(data) - 1)
        changed[place] = rng.choice((rng.randrange(256), changed[place] ^ 1 << rng.randrange(8)))
    return bytes(changed)


def cut_short(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The end is missing."""
    return data[: rng.randrange(len(data))]


def cut_out(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A piece in the middle is missing."""
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.choice((1, 2, 8, 100, rng.randrange(len(data)))) :]


def insert(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """There is a word more, or in place of as many bytes."""
    word, start = rng.choice(WORDS), rng.randrange(len(data))
    return data[:start] + word + data[start + rng.choice((0, len(word))) :]


def repeat(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A piece comes several times."""
    start = rng.randrange(len(data))
    end = start + rng.choice((1, 8, 50))
    return data[:end] + data[start:end] * rng.choice((1, 2, 100)) + data[end:]


def number(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A digit is replaced by another number, and so what a header or a field says by another."""
    digits = [place for place, byte in enumerate(data) if 48 <= byte < 58]
    if not digits:
        return flip(rng, data, other)
    place = rng.choice(digits)
    word = rng.choice((b"0", b"-1", b"1e308", b"1000000000000", b"9" * 25, b"0.5", b"nan", b"x"))
    return data[:place] + word + data[place + 1 :]


def integer(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A binary number of a header is another one."""
    size = rng.choice((1, 2, 4, 8))
    start = rng.randrange(min(len(data), rng.choice((32, 256, len(data)))))
    value = rng.choice((0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 2 ** (8 * size - 1) - 1))
    return data[:start] + value.to_bytes(size, "little") + data[start + size :]


def splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one valid file and the end of another."""
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


MUTATIONS: tuple[Mutation, ...] = (
    flip, flip, cut_short, cut_out, insert, insert, repeat, number, number, integer, splice,
)  # fmt: skip


def mutated(rng: random.Random, valid: Sequence[bytes], foreign: Sequence[bytes] = ()) -> bytes:
    """One of some valid files, damaged in one to three ways.

    Parameters
    ----------
    rng : random.Random
    valid : sequence of bytes
        Files of the format.
    foreign : sequence of bytes
        Files of other formats, of which pieces are taken too.
    """
    data = rng.choice(valid)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not data:
            return rng.choice(WORDS)
        other = rng.choice(foreign if foreign and rng.random() < 0.2 else valid)
        data = rng.choice(MUTATIONS)(rng, data, other)
    return data
