"""Maps of the Electron Microscopy Data Bank.

Aspire offers a fixed list of thirteen maps, without that of TRPV1, so the data bank itself is
asked.
"""

from pathlib import Path

import numpy as np

from mtdbench.errors import InputError
from mtdbench.simulation.targets.downloads import Entry, local
from mtdbench.simulation.targets.maps import read_map, read_volume

ADDRESS = "https://ftp.ebi.ac.uk/pub/databases/emdb/structures/EMD-{0}/map/emd_{0}.map.gz"
EXAMPLE = "emdb:2660"


def check_number(number: str) -> None:
    """Raise `InputError` unless this could be the number of an entry."""
    if not (number.isascii() and number.isdecimal() and 4 <= len(number) <= 6):
        raise InputError(
            f"target 'emdb:{number}': expected the number of an entry, as in '{EXAMPLE}'"
        )


def file(number: str) -> Path:
    """The file of that entry's map; errors as in `mtdbench.simulation.targets.downloads.local`."""
    check_number(number)
    return local(
        Entry(
            target=f"emdb:{number}",
            name=f"EMD-{number}",
            kind="map",
            example=EXAMPLE,
            address=ADDRESS.format(number),
            place=f"emdb/emd_{number}.map.gz",
            read=read_map,
        )
    )


def entry(number: str) -> np.ndarray:
    """The map of that entry, indexed [z, y, x], downloaded on its first use.

    Raises
    ------
    InputError
        If there is no such entry, no network, or the file is not what was downloaded.
    """
    return read_volume(file(number))
