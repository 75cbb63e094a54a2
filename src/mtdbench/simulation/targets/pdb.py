"""Molecules of the Protein Data Bank."""

import re
from functools import partial
from pathlib import Path

from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import DataBank, downloaded
from mtdbench.simulation.targets.proteins import angstrom, atoms

PDB = DataBank(
    name="pdb",
    title="PDB {0}",
    file="{0}.cif.gz",
    address="https://files.rcsb.org/download/{0}.cif.gz",
    kind="molecule",
    example="pdb:1qlq",
    read=partial(atoms, mmcif=True),
)
# A digit and three more letters or digits. What else may stand there, a path, has an ending.
ENTRY = re.compile(r"pdb:([1-9][A-Za-z0-9]{3})(?:@(.*))?")


def is_entry(target: str) -> bool:
    """Whether a specification names an entry: `pdb:NUMBER`, with or without `@WIDTH`."""
    return ENTRY.fullmatch(target) is not None


def parse_entry(target: str) -> tuple[str, float | None]:
    """The entry's number, in small letters, and the width of the window in angstrom, None if not
    given.

    Raises
    ------
    InputError
        If the width is no positive number, or no entry is named.
    """
    match = ENTRY.fullmatch(target)
    if match is None:
        raise InputError(
            f"target '{target}': expected the number of an entry, as in '{PDB.example}'"
        )
    number, width = match.groups()
    return number.lower(), None if width is None else angstrom(width, target, number)


def pdb_file(number: str, bank: DataBank = PDB) -> Path:
    """The mmCIF file of an entry; errors as `downloaded` raises."""
    return downloaded(bank, number)
