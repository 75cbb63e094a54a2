"""Molecules of the Protein Data Bank."""

import re
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import Entry, local
from mtdbench.simulation.targets.proteins import angstrom, atoms

ADDRESS = "https://files.rcsb.org/download/{0}.cif.gz"
EXAMPLE = "pdb:1qlq"
# A digit and three more letters or digits. What else may stand there, a path, has an ending.
ENTRY = re.compile(r"pdb:([1-9][A-Za-z0-9]{3})(?:@(.*))?")


def is_entry(target: str) -> bool:
    """Whether a specification names an entry: `pdb:NUMBER`, with or without `@WIDTH`."""
    return ENTRY.fullmatch(target) is not None


def parse(target: str) -> tuple[str, float | None]:
    """The entry's number, in small letters, and the width of the window in angstrom, None if not
    given.

    Raises
    ------
    InputError
        If the width is no positive number, or no entry is named.
    """
    found = ENTRY.fullmatch(target)
    if found is None:
        raise InputError(f"target '{target}': expected the number of an entry, as in '{EXAMPLE}'")
    number, width = found.groups()
    return number.lower(), None if width is None else angstrom(width, target, number)


def file(number: str) -> Path:
    """The mmCIF file of that entry; errors as in `mtdbench.simulation.targets.downloads.local`."""
    return local(
        Entry(
            target=f"pdb:{number}",
            name=f"PDB {number.upper()}",
            kind="molecule",
            example=EXAMPLE,
            address=ADDRESS.format(number),
            place=f"pdb/{number}.cif.gz",
            read=lambda path: atoms(path, mmcif=True),
        )
    )
