"""Targets with stand-ins: `emdb:8117 or volume:c4` is the map, or where no network is, the volume.

The specification as a whole names a data set and its random streams, whichever is used.
"""

from mtdbench.simulation.targets.downloads import DataBank, OutOfReachError
from mtdbench.simulation.targets.emdb import EMDB, emdb_file
from mtdbench.simulation.targets.pdb import PDB, is_entry, parse_entry, pdb_file

BETWEEN = " or "


def alternatives(target: str) -> list[str]:
    """The specifications that a target lists, best first."""
    return [specification.strip() for specification in target.split(BETWEEN)]


def obtainable(target: str, emdb: DataBank = EMDB, pdb: DataBank = PDB) -> str:
    """The first alternative that can be had, the last one if nothing else; what it needs from a
    data bank has been downloaded then.

    Only a data bank that is out of reach makes way for a stand-in: what is wrong with an
    alternative is an error in any case. The last one is not tried here.

    Raises
    ------
    InputError
        If a data bank has no such entry, or a file is not what was downloaded.
    """
    *better, last = alternatives(target)
    for specification in better:
        try:
            _download(specification, emdb, pdb)
        except OutOfReachError:
            continue
        return specification
    return last


def is_stand_in(target: str, used: str) -> bool:
    """Whether what was used is another alternative than the first; not so where it is unknown."""
    return used not in ("", alternatives(target)[0])


def _download(target: str, emdb: DataBank, pdb: DataBank) -> None:
    if target.startswith("emdb:"):
        emdb_file(target.removeprefix("emdb:"), emdb)
    elif is_entry(target):
        pdb_file(parse_entry(target)[0], pdb)
