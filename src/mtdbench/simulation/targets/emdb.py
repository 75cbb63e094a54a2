"""Maps of the Electron Microscopy Data Bank.

Aspire offers a fixed list of thirteen maps, without that of TRPV1, so the data bank itself is
asked.
"""

from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import DataBank, downloaded
from mtdbench.simulation.targets.maps import read_map, read_volume

EMDB = DataBank(
    name="emdb",
    title="EMD-{0}",
    file="emd_{0}.map.gz",
    address="https://ftp.ebi.ac.uk/pub/databases/emdb/structures/EMD-{0}/map/emd_{0}.map.gz",
    kind="map",
    example="emdb:2660",
    read=read_map,
)


def check_number(number: str) -> None:
    """Raise `InputError` unless this could be the number of an entry."""
    if not (number.isascii() and number.isdecimal() and 4 <= len(number) <= 6):
        raise InputError(
            f"target 'emdb:{number}': expected the number of an entry, as in '{EMDB.example}'"
        )


def emdb_file(number: str, bank: DataBank = EMDB) -> Path:
    """The file of an entry's map; errors as `downloaded` raises."""
    check_number(number)
    return downloaded(bank, number)


def emdb_map(number: str, bank: DataBank = EMDB) -> np.ndarray:
    """The map of an entry, indexed [z, y, x], downloaded on its first use.

    Raises
    ------
    InputError
        If there is no such entry, no network, or the file is not what was downloaded.
    """
    return read_volume(emdb_file(number, bank))
