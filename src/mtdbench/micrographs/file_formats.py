"""The formats of micrographs, by the ends of their names, and the reader of each."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import first_line, is_file, read_array
from mtdbench.micrographs.file_content import FileContent
from mtdbench.micrographs.movies import refuse_eer
from mtdbench.micrographs.mrc_files import read_mrc
from mtdbench.micrographs.tiff_files import read_tiff

MRC_SUFFIXES = (".mrc", ".mrcs", ".map", ".rec", ".st", ".ali")
COMPRESSED_SUFFIXES = tuple(f"{end}{more}" for end in MRC_SUFFIXES for more in (".gz", ".bz2"))
TIFF_SUFFIXES = (".tif", ".tiff")

IN_WORDS = f"{', '.join(MRC_SUFFIXES)} (.gz, .bz2 or as they are), .tif, .tiff or .npy"


def _read_npy(path: Path) -> FileContent:
    return FileContent(read_array(path))


CONTENT_READERS: dict[tuple[str, ...], Callable[[Path], FileContent]] = {
    MRC_SUFFIXES + COMPRESSED_SUFFIXES: read_mrc,
    TIFF_SUFFIXES: read_tiff,
    (".npy",): _read_npy,
}
"""What reads a file, by the end of its name in lower case."""


def is_micrograph(path: Path) -> bool:
    """Whether a file may hold micrographs, by its name."""
    return any(path.name.lower().endswith(ends) for ends in CONTENT_READERS)


def read_content(path: Path) -> FileContent:
    """What a file of micrographs holds: real numbers, at least one; float32 in place of float16.

    Raises
    ------
    InputError
        If the file is missing, broken, of another format, a movie that was not averaged, or holds
        anything but real numbers.
    """
    if not is_file(path):
        raise InputError(f"no file '{path}': expected a micrograph that ends in {IN_WORDS}")
    name = path.name.lower()
    refuse_eer(path)
    reader = next((reader for ends, reader in CONTENT_READERS.items() if name.endswith(ends)), None)
    if reader is None:
        raise InputError(f"cannot read '{path}': expected a file that ends in {IN_WORDS}")
    try:
        _check_start(path)
        content = reader(path)
    except InputError:
        raise
    except Exception as error:  # a header may claim anything
        raise InputError(
            f"cannot read '{path}': {first_line(error)} (expected a complete file of this format)"
        ) from error
    return _numbers(content, path)


def _check_start(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(200)
    if not start:
        raise ValueError("it is empty")
    if start.startswith(b"version ") and b"oid sha256:" in start:
        raise InputError(f"'{path}' is a pointer of Git LFS, not the file: expected `git lfs pull`")


def _numbers(content: FileContent, path: Path) -> FileContent:
    array = content.array
    if array.dtype.kind not in "fiu":
        raise InputError(f"'{path}' holds {array.dtype}: expected real numbers")
    if array.size == 0:
        raise InputError(f"'{path}' has shape {array.shape}, no samples: expected some")
    if array.dtype.kind == "f" and array.dtype.itemsize == np.dtype(np.float16).itemsize:
        array = array.astype(np.float32)  # sums of float16 overflow at 65504
    return FileContent(np.asarray(array), content.pixel_size, content.is_volume, content.remarks)
