"""A package with an estimator to start from, as `mtdbench new-estimator` writes it."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from mtdbench.errors import InputError, unknown
from mtdbench.estimators import registry

LANGUAGES = ("python", "c", "r", "command")
"""What an estimator may be written in; `command` is a shell script, to be replaced by anything."""

LONGEST_NAME = 60


def write_package(name: str, out: Path, language: str = "python") -> Path:
    """Write a small installable package for an estimator called `name` into the new folder `out`.

    Its module is called `mtdbench_NAME`, so that the name may be any word, `class` and `json` too.

    Raises
    ------
    InputError
        If the name is not valid or taken, there is no template in that language, or the folder
        cannot be written or is there and not empty.
    """
    _check_name(name)
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"'{out}' exists already: expected a new folder")
    try:
        _write(name, out, language)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot write '{out}' ({reason}): expected a folder to write to"
        ) from None
    return out


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        raise InputError(
            f"estimator name '{name[:80]}': expected at most {LONGEST_NAME} characters, lower-case"
            " words joined by hyphens, as in 'my-method'"
        )
    if name in registry.names():
        raise InputError(f"estimator '{name}' exists already: expected a new name")


def _write(name: str, out: Path, language: str) -> None:
    """Beside `out` first, so that it is there whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    words = {"@NAME@": name, "@MODULE@": f"mtdbench_{name.replace('-', '_')}"}
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        whole = Path(scratch, "package")
        for folder in ("common", language):
            for place, template in _walk(files("mtdbench.plugins") / "package" / folder):
                text = _fill(template.read_text(encoding="utf-8"), words)
                path = whole / _fill(str(place), words).removesuffix(".txt")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        if out.is_dir():
            shutil.copytree(whole, out, dirs_exist_ok=True)
        else:
            os.replace(whole, out)


def _fill(text: str, words: dict[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


def _walk(folder: Traversable) -> Iterator[tuple[PurePosixPath, Traversable]]:
    """Every file below a folder, with its place in it."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from ((item.name / place, file) for place, file in _walk(item))
        else:
            yield PurePosixPath(item.name), item
