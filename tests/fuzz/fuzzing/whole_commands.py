"""Whole commands on an input: 0, 1, or 2 with one line, and then nothing is written."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing import valid_files as valid
from fuzzing.judging import Reader
from mtdbench.cli import main
from mtdbench.errors import InputError

LINE = ("--space", "line", "--window", "5")
DISC = ("--space", "disc", "--window", "5")


class Unclean(Exception):  # noqa: N818
    """A command said more than one line, or left something behind."""


def listing(folder: Path) -> dict[str, int]:
    """All files below a folder, and their sizes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def command(*words: str, beside: bytes = b"") -> Callable[[Path], Any]:
    """What runs a command line, with `{}` for the input, `{folder}` for its folder, and `{out}` for
    one in it; `beside` is what `y.npy` there holds.

    Raises
    ------
    InputError
        With the line that the command says where it refuses the input.
    Unclean
        If it says more than one line, or something was written.
    """

    def run(path: Path) -> None:
        named = {"{}": path, "{folder}": path.parent, "{out}": path.parent / "out"}
        given = [str(named.get(word, word)) for word in words]
        if beside:
            path.with_name("y.npy").write_bytes(beside)
            given = [str(path.with_name(word)) if word == "y.npy" else word for word in given]
        before, said = listing(path.parent), io.StringIO()
        answer = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        redirected = contextlib.redirect_stderr(said), contextlib.redirect_stdout(answer)
        with _environment(), redirected[0], redirected[1]:
            code = main(given)
        if code == 2:
            _check_refusal(said.getvalue(), before, listing(path.parent))
        if code not in (0, 1):
            raise Unclean(f"exit code {code}")

    return run


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _check_refusal(said: str, before: dict[str, int], after: dict[str, int]) -> None:
    if not (said.startswith("mtdbench: ") and said.count("\n") == 1 and said.endswith("\n")):
        raise Unclean(f"said {said[:2000]!r}")
    if before != after:
        raise Unclean(f"left {sorted(after.items() ^ before.items())}")
    raise InputError(said.strip())


def all_commands() -> list[Reader]:
    """Verbs that read a file, each with inputs that it accepts."""
    table = valid.tables()[0]
    truth = valid.npz(valid.truth())
    picking = (*LINE, "--sigma", "1", "--out", "{out}", "--threads", "1")
    made: Sequence[tuple[str, str, tuple[str, ...], list[bytes]]] = (
        ("estimate", "y.npy", ("estimate", "{}", *LINE, "--estimator", "zero", "--out", "{out}",
                               "--threads", "1"), valid.measurements()),
        ("estimate .mrc", "y.mrc", ("estimate", "{}", *DISC, "--estimator", "zero", "--out",
                                    "{out}", "--threads", "1"), valid.images()[:2]),
        ("check", "study.yaml", ("check", "{}"), [valid.STUDY.encode(), valid.ALIASES.encode()]),
        ("plan", "study.yaml", ("plan", "{}"), [valid.STUDY.encode(), valid.ALIASES.encode()]),
        ("diff", "t.parquet", ("diff", "{}", "{}"), [valid.parquet(table)]),
        ("diff .csv", "t.csv", ("diff", "{}", "{}", "--json"), [valid.csv(table)]),
        ("pick", "m.npy", ("pick", "{}", "--estimate", "y.npy", *picking), valid.measurements()),
        ("pick --estimate", "truth.npz", ("pick", "y.npy", "--estimate", "{}", *picking), [truth]),
        ("report", "table.parquet", ("report", "{folder}"), [valid.parquet(table)]),
    )  # fmt: skip
    others = {"pick": valid.npy(np.arange(5.0)), "pick --estimate": valid.measurements()[0]}
    return [
        Reader(name, file, command(*words, beside=others.get(name, b"")), inputs, patience=5)
        for name, file, words, inputs in made
    ]
