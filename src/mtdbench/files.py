"""Reading arrays without trusting them, writing files so that none is ever half there."""

import errno
import json
import mmap
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from mtdbench.errors import InputError

OUTSIDE_ERRORS = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EIO", "EROFS", "ESTALE", "ENFILE", "ENODEV", "ENXIO")
    if hasattr(errno, name)
)
"""Errors of the machine: disk full or broken, file system gone or read-only, files used up."""

SET_ASIDE = "aside"
"""Folder below a study's results for what no longer stands, until it has been made anew."""

MOST_INFLATED = 2**26
"""Bytes; more than that, in a compressed file of less than a hundredth, is no measurement."""

JSON_END = "\n}\n"
"""What an object that `write_json` wrote ends in, and no part of it: a file that does is whole."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_from_outside(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, is the machine's: one of `OUTSIDE_ERRORS`."""
    while error is not None:
        if isinstance(error, OSError):
            # NumPy says so, without a number, when a disk is full.
            unwritten = error.errno is None and " requested and " in str(error)
            if unwritten or error.errno in OUTSIDE_ERRORS:
                return True
        error = error.__cause__ or error.__context__
    return False


def is_file(path: Path) -> bool:
    """Whether there is such a file: none has a name that the file system does not take."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is such a folder: none has a name that the file system does not take."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def set_aside(folder: Path, path: Path) -> None:
    """Move a file or a folder below `folder` to the same place below `folder / SET_ASIDE`."""
    kept = folder / SET_ASIDE / path.relative_to(folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # another workflow was quicker
        if kept.is_dir():
            shutil.rmtree(kept)
        os.replace(path, kept)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON that ends in `JSON_END`; NaN and infinities become null."""
    with replacing(path) as temporary:
        temporary.write_text(json_text(content) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file, in UTF-8.

    Raises
    ------
    InputError
        If it cannot be written: the folder is read-only, the disk is full, `path` is a folder.
    """
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot write '{path}': {reason} (expected a file in a folder that can be written)"
        ) from error


def json_text(content: Any) -> str:
    """`content` as indented JSON; NaN and infinities become null."""
    return json.dumps(_finite(content), indent=2, allow_nan=False)


def json_content(text: str) -> Any:
    """What a text in JSON holds.

    Raises
    ------
    ValueError
        If it is not JSON, is nested too deeply, or has text in it that no file can hold.
    """
    try:
        content = json.loads(text)
        if "\\u" in text:  # half a character, as an escape, is all that JSON has and UTF-8 has not
            json.dumps(content, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("lists or objects are nested too deeply") from None
    return content


def read_json(path: Path) -> Any:
    """The content of a file of JSON.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        As `json_content`.
    """
    return json_content(path.read_text(encoding="utf-8"))


def read_facts(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write named arrays as one `.npz`."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def write_array(path: Path, array: np.ndarray) -> None:
    """Write one array as `.npy`."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def write_rendered(path: Path, array: np.ndarray, pixel_size: float | None = None) -> None:
    """Write a signal, an image or a volume as `.npy`, and a volume as `.mrc` beside it too."""
    write_array(path, array)
    if array.ndim == 3:
        write_mrc(path.with_suffix(".mrc"), array, pixel_size)


def write_mrc(path: Path, volume: np.ndarray, pixel_size: float | None = None) -> None:
    """Write a volume, indexed [z, y, x], as MRC2014: float32, so many angstrom to a voxel; 1 where
    nobody knows.
    """
    import mrcfile

    with replacing(path) as temporary, mrcfile.new(temporary, overwrite=True) as file:
        file.set_data(volume.astype(np.float32))
        file.set_volume()
        file.voxel_size = pixel_size or 1.0
        # In place of mrcfile's own label, which holds the time: the same volume is the same file.
        file.header.label[0] = "mtdbench"


def read_array(path: Path, *, memory_map: bool = True) -> np.ndarray:
    """The array of real numbers in a `.npy` or `.mrc` file, memory-mapped where possible.

    Raises
    ------
    InputError
        If the file is missing, truncated, of another format, or holds objects or complex numbers.
    """
    if not is_file(path):
        raise InputError(f"no file '{path}': expected an existing .npy or .mrc file")
    if path.suffix.lower() not in (".npy", ".mrc"):
        raise InputError(f"cannot read '{path}': expected a file that ends in .npy or .mrc")
    try:
        array = _read_mrc(path) if path.suffix.lower() == ".mrc" else _read_npy(path, memory_map)
    except Exception as error:  # a header may claim anything
        reason = first_line(error)
        raise InputError(
            f"cannot read '{path}': {reason} (expected a complete array of real numbers)"
        ) from error
    return _real(array, f"'{path}'")


def read_arrays(
    file: Path | IO[bytes], what: str, names: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """The arrays of real numbers with these names in a `.npz` file, named or open; `what` they are
    together, for messages.

    Raises
    ------
    InputError
        If the file is missing, truncated, of another format, holds far more than its size, lacks a
        name that is not optional, or holds anything but real numbers under one.
    """
    named = f"'{file}'" if isinstance(file, Path) else "what is open"
    start = f"cannot read {what} from {named}"
    try:
        with np.load(file, allow_pickle=False) as content:
            _check_inflated(content)
            arrays = {n: np.asarray(content[n]) for n in (*names, *optional) if n in content}
    except Exception as error:  # a header may claim anything
        raise InputError(f"{start}: {first_line(error)} (expected a complete .npz)") from error
    if missing := [name for name in names if name not in arrays]:
        raise InputError(f"{start}: no array '{missing[0]}' (expected {', '.join(names)})")
    return {name: _real(array, f"{start}: '{name}'") for name, array in arrays.items()}


def first_line(error: Exception) -> str:
    """What an error of another library says, or is called where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def release_pages(array: np.ndarray) -> None:
    """Give back the memory that holds what was read of the file behind a memory-mapped array.

    For passes over files larger than the memory: what is asked for again is read again, mostly
    from the system's cache. Arrays that are not mapped for reading alone stay as they are, and so
    do all where the system has no such call.
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.base is None or base.flags.writeable:
            return
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def _real(array: np.ndarray, named: str) -> np.ndarray:
    if array.dtype.kind not in "fiu":
        raise InputError(f"{named} holds {array.dtype}: expected real numbers")
    return array


def _check_inflated(content: Any) -> None:
    """Refuse a `.npz` that is small and would fill the memory; one that is no archive at all."""
    if not isinstance(content, np.lib.npyio.NpzFile):
        raise ValueError("it is no .npz")
    for member in content.zip.infolist() if content.zip else ():
        if member.file_size > max(MOST_INFLATED, 100 * member.compress_size):
            raise ValueError(f"'{member.filename}' claims {member.file_size} bytes")


def _read_npy(path: Path, memory_map: bool) -> np.ndarray:
    return np.load(path, mmap_mode="r" if memory_map else None, allow_pickle=False)


def _read_mrc(path: Path) -> np.ndarray:
    import mrcfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bytes behind the samples
        with mrcfile.mmap(path, mode="r") as file:
            return np.asarray(file.data)


def _finite(content: Any) -> Any:
    """`content` with every number that JSON cannot hold replaced by None."""
    if isinstance(content, dict):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, np.generic):
        return _finite(content.item())
    if isinstance(content, float) and not np.isfinite(content):
        return None
    return content
