"""Movies: the frames of the camera, before they are aligned and averaged."""

import re
from pathlib import Path

from mtdbench.errors import InputError

GAIN_REFERENCE = re.compile(r"(?<![a-z])gain(ref)?(?![a-z])|(super|count|gain)ref", re.IGNORECASE)
"""In the name of a file that a camera writes beside its movies."""

AVERAGED = "expected the averaged micrograph that motion correction writes (RELION, MotionCor)"


def is_gain_reference(path: Path) -> bool:
    """Whether a file holds, by its name, the gain of a camera and no micrograph."""
    return bool(GAIN_REFERENCE.search(path.name))


def refuse_eer(path: Path) -> None:
    """Refuse what is a movie by its format.

    Raises
    ------
    InputError
        If it is one.
    """
    if path.name.lower().endswith(".eer"):
        raise InputError(f"'{path}' is a movie of single electrons (EER): {AVERAGED}")


def refuse_movie(path: Path, frames: int) -> None:
    """Refuse several images in one file beside which a gain reference lies.

    Raises
    ------
    InputError
        If they are frames of a movie.
    """
    if frames > 1 and (gains := sorted(filter(is_gain_reference, path.parent.iterdir()))):
        raise InputError(
            f"'{path}' is a movie of {frames} frames that were not averaged ('{gains[0].name}' lies"
            f" beside it): {AVERAGED}"
        )
