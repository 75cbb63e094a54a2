"""Files handed over as descriptors that tell no name, in place of paths."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from mtdbench.files import read_array

IN_MEMORY = 64 * 2**20
"""Bytes of a file up to which its copy is held in memory."""


def seal(path: Path, in_memory: int = IN_MEMORY) -> int:
    """A descriptor of a copy of a file, which has no name and, where possible, cannot be changed.

    Parameters
    ----------
    path : Path
    in_memory : int
        Bytes up to which the copy is held in memory.

    Raises
    ------
    OSError
        If the file cannot be read, or the copy cannot be written.
    """
    with path.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        return _sealed(size, in_memory, lambda copy: _copy(source, copy))


def seal_samples(path: Path, in_place: bool, in_memory: int = IN_MEMORY) -> int:
    """A descriptor of a measurement as `.npy`, to be mapped by `mtdbench.run.handed`.

    Parameters
    ----------
    path : Path
        A `.npy` or `.mrc` file.
    in_place : bool
        Whether a large file may be handed over itself: under Landlock its name leads nowhere.
    in_memory : int
        Bytes up to which a file is not large.

    Raises
    ------
    InputError
        If the file cannot be read.
    OSError
        If the copy cannot be written.
    """
    array = read_array(path)
    if path.suffix != ".npy":
        save = partial(np.save, arr=array, allow_pickle=False)
        return _sealed(array.nbytes, in_memory, save)
    if in_place and path.stat().st_size > in_memory:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return seal(path, in_memory)


def _sealed(size: int, in_memory: int, write: Callable[[IO[bytes]], object]) -> int:
    if size <= in_memory and hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("samples", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(os.dup(descriptor), "wb") as copy:
            write(copy)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor
    with tempfile.NamedTemporaryFile() as copy:
        write(copy)
        copy.flush()
        return os.open(copy.name, os.O_RDONLY | os.O_CLOEXEC)  # stays when the name goes


def _copy(source: IO[bytes], copy: IO[bytes]) -> None:
    shutil.copyfileobj(source, copy, 2**20)
