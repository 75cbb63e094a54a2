"""Targets with stand-ins: `emdb:8117 or volume:c4` is the map, or where no network is, the volume.

The specification as a whole names a data set and its random streams, whichever is used.
"""

from mtdbench.simulation.targets import emdb, pdb
from mtdbench.simulation.targets.downloads import OutOfReachError

BETWEEN = " or "


def alternatives(target: str) -> list[str]:
    """The specifications that a target lists, best first."""
    return [one.strip() for one in target.split(BETWEEN)]


def obtainable(target: str) -> str:
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
    for one in better:
        try:
            _download(one)
        except OutOfReachError:
            continue
        return one
    return last


def is_stand_in(target: str, used: str) -> bool:
    """Whether what was used is another alternative than the first; not so where it is unknown."""
    return used not in ("", alternatives(target)[0])


def _download(target: str) -> None:
    if target.startswith("emdb:"):
        emdb.file(target.removeprefix("emdb:"))
    elif pdb.is_entry(target):
        pdb.file(pdb.parse(target)[0])
