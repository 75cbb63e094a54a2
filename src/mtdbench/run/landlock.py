"""Landlock, by which a process of Linux gives up most of what it might open.

The rules are laid down by whoever starts a run and handed to it as a descriptor: the run itself
never learns which folders are kept from it.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = (1 << bit for bit in (0, 1, 2, 3, 14))
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
READ = EXECUTE | READ_FILE | READ_DIR
RIGHTS = {1: 13, 2: 14}
"""How many rights on files each version has; 15 from version 3 on, devices left alone."""
SCOPES = 0b11  # from version 6 on: no abstract sockets and no signals out of the domain


@cache
def landlock_version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(_call(CREATE_RULESET, None, 0, 1), 0)


def rule_set(hidden: Iterable[Path], readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """A descriptor of rules: all may be read but what lies below `hidden`; nothing may be written.

    Parameters
    ----------
    hidden : paths
    readable, writable : paths
        What may be read, and written too, wherever it lies.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    version = landlock_version()
    every = (1 << RIGHTS.get(version, 15)) - 1
    attributes = struct.pack("QQQ", every, 0, SCOPES)[
        : 8 if version < 4 else 16 + 8 * (version > 5)
    ]
    rules = _call(CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        raise OSError("the kernel refuses a Landlock rule set")
    _allow(rules, Path("/"), READ_DIR, every)  # names are no secret, and imports list folders
    for path in (*beside(hidden), *readable):
        _allow(rules, path, READ, every)
    for path in writable:
        _allow(rules, path, every, every)
    for path in (Path("/dev"), Path("/proc")):
        _allow(rules, path, READ | WRITE_FILE | TRUNCATE, every)
    return rules


def confine(rules: int) -> None:
    """Put this thread, and all that it starts, under the rules; there is no way back.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _library().prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if _call(RESTRICT_SELF, rules, 0):
        raise OSError("the kernel refuses to confine this process")


def beside(hidden: Iterable[Path]) -> Iterator[Path]:
    """All of the file system but what lies below `hidden`, as few paths as possible.

    Symbolic links are left out: what they lead to is reached by its own path.
    """
    closed = {path.resolve() for path in hidden}
    closed = {path for path in closed if not closed & set(path.parents)}
    ways = {folder for path in closed for folder in path.parents} or {Path("/")}
    for folder in ways:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if path not in closed and path not in ways and not entry.is_symlink():
                    yield path


def _allow(rules: int, path: Path, rights: int, every: int) -> None:
    """One rule; nothing where there is no such path, or the kernel has none for its kind."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kinds = every if path.is_dir() else every & OF_FILES
        _call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights & kinds, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    """A system call that the C library has no function for."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    return int(_library().syscall(ctypes.c_long(number), *converted))


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)
    library.syscall.restype = ctypes.c_long
    return library
