"""Micrographs from MRC files, compressed or not."""

import bz2
import gzip
import math
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from mtdbench.errors import InputError
from mtdbench.files import MOST_INFLATED
from mtdbench.micrographs.file_content import FileContent

STACK_SUFFIXES = (".mrcs", ".st", ".ali")
"""Of files whose sections are images by their name, whatever the header says."""

UNREADABLE_MODES = {
    3: "complex numbers, a Fourier transform: expected the micrograph itself",
    4: "complex numbers, a Fourier transform: expected the micrograph itself",
    16: "colours: expected one grey value for each sample",
    101: "samples of 4 bits, as movies do: expected the averaged micrograph",
}
"""What a file of such a mode holds, and what was expected instead."""

IMOD_STAMP = 1146047817
"""The number by which IMOD marks its headers, see `_has_unsigned_bytes`."""

OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open}
"""What opens a compressed file, by its first two bytes."""


def read_mrc(path: Path) -> FileContent:
    """The array of an MRC file. A compressed one is inflated into a temporary file without a name,
    so that it is memory-mapped too.

    Raises
    ------
    InputError
        If it holds anything but real numbers.
    Exception
        What a broken file leads to.
    """
    header, pixel_size, remarks = _read_header(path)
    shape, dtype = _layout(header, path)
    offset = header.nbytes + int(header.nsymbt)
    needed = offset + math.prod(shape) * dtype.itemsize
    if min(*shape, int(header.nsymbt) + 1) < 1:
        raise ValueError(f"its header says {' x '.join(map(str, shape))} samples")
    with path.open("rb") as file:
        opener = OPENERS.get(file.read(2))
        _check_length(path.stat().st_size, needed, opener is not None)
        if opener is None:
            array = np.memmap(file, dtype, "r", offset, shape)
        else:
            with opener(path) as stream, tempfile.TemporaryFile() as copy:
                _copy(stream, copy, needed)
                array = np.memmap(copy, dtype, "r", offset, shape)
    declared = header.ispg != 0 and not path.name.lower().endswith(STACK_SUFFIXES)
    return FileContent(array, pixel_size, bool(declared), tuple(remarks))


def _read_header(path: Path) -> tuple[Any, float | None, list[str]]:
    """The header as a record of mrcfile's, the size of a sample, and what is odd about them."""
    import mrcfile

    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        with mrcfile.open(path, permissive=True, header_only=True) as file:
            header, voxel = file.header.copy(), file.voxel_size
    odd = [_oddity(str(warning.message)) for warning in caught]
    remarks = [f"'{path}' is read although its header {' and '.join(odd)}"] if odd else []
    x, y = float(voxel.x), float(voxel.y)
    if not (math.isfinite(x) and x > 0):
        return header, None, remarks
    if not math.isclose(x, y, rel_tol=1e-3):
        remarks.append(
            f"'{path}' says that a sample measures {x:.6g} along x and {y:.6g} angstrom along y:"
            " the first is taken"
        )
    return header, float(f"{x:.6g}"), remarks  # float32 in the file


def _oddity(warning: str) -> str:
    """A warning of mrcfile's as half a sentence."""
    if warning.startswith("Map ID"):
        return "lacks the word MAP"
    return f"is unusual ({warning.splitlines()[0]})"


def _layout(header: Any, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the samples that a header describes."""
    from mrcfile import utils

    mode = int(header.mode)
    if mode in UNREADABLE_MODES:
        raise InputError(f"'{path}' holds {UNREADABLE_MODES[mode]}")
    dtype = utils.data_dtype_from_header(header)
    if mode == 0 and _has_unsigned_bytes(header):
        dtype = np.dtype(np.uint8)
    return utils.data_shape_from_header(header), dtype


def _has_unsigned_bytes(header: Any) -> bool:
    """Whether bytes are 0 to 255, as IMOD has it: where its number stands at byte 152 of the
    header, and the lowest bit of the flags behind it is not set.
    """
    words = np.frombuffer(header.tobytes(), header.mode.dtype)
    return bool(words[38] == IMOD_STAMP and not words[39] & 1)


def _check_length(there: int, needed: int, compressed: bool) -> None:
    """Refuse a file that is too short, and a small one that would fill the disk."""
    if not compressed and there < needed:
        raise ValueError(f"it has {there} of the {needed} bytes that its header asks for")
    if compressed and needed > max(MOST_INFLATED, 100 * there):
        raise ValueError(f"its header asks for {needed} bytes, far more than {there} can hold")


def _copy(stream: IO[bytes], copy: IO[bytes], needed: int) -> None:
    """Copy so many bytes of a stream, to the end of which a checksum may stand."""
    while (missing := needed - copy.tell()) > 0:
        block = stream.read(min(missing, 2**24))
        if not block:
            raise ValueError(f"it ends {missing} bytes before its header says")
        copy.write(block)
    stream.read(1)  # at the end the checksum is compared
    copy.flush()
