"""Volumes by name: phantoms and synthetic molecules that need no file and no network."""

import numpy as np

from mtdbench.simulation.targets.resample import fit
from mtdbench.simulation.targets.shepp_logan import shepp_logan
from mtdbench.simulation.targets.synthetic import SYMMETRY_ORDERS, synthetic

__all__ = ["DEFAULT_SIDE", "VOLUMES", "fit", "shepp_logan", "synthetic", "volume"]

VOLUMES = ("shepp-logan", *SYMMETRY_ORDERS)
DEFAULT_SIDE = 89  # of a volume that has no size of its own, where no side is wanted


def volume(name: str, side: int) -> np.ndarray:
    """The volume of that name, shape (side,) * 3, indexed [z, y, x] about the sample side // 2.

    Raises
    ------
    InputError
        If there is no such volume.
    """
    return shepp_logan(side) if name == "shepp-logan" else synthetic(side, name)
