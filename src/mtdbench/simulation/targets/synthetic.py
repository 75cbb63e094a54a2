"""Smooth synthetic volumes, with and without a symmetry."""

from functools import lru_cache

import numpy as np

from mtdbench.errors import unknown
from mtdbench.simulation.targets.aspire_import import aspire
from mtdbench.simulation.targets.resample import centred, fit

SYMMETRY_ORDERS = {"asymmetric": 1, **{f"c{order}": order for order in range(2, 10)}}
# The definition of the volumes: other values would give other volumes under the same names. Seeds
# whose volumes have their centre of mass near the centre and look different from every side.
SEEDS = {1: 29, 2: 5, 3: 5, 4: 5, 5: 5, 6: 8, 7: 8, 8: 8, 9: 8}
BLOBS = 16
WIDTH = 0.5  # of the Gaussians with a symmetry, in aspire's unit: wider ones blur it away
OWN_SIDE = 89  # odd, so that symmetries about the centre hold exactly
SUPPORT = 71


def synthetic(side: int, symmetry: str) -> np.ndarray:
    """A sum of about 16 anisotropic Gaussians, shape (side,) * 3, indexed [z, y, x].

    `symmetry`: `asymmetric`, or `c2` to `c9` for as many copies of them about the z axis. Zero
    beyond 0.4 windows from the centre, not negative at side 89; at other sides the same volume,
    resampled, so that one name is one volume. The Gaussians are aspire's, as the specification of
    this suite asks: 2 s to import, then 0.1 s a volume.

    Raises
    ------
    InputError
        If there is no such symmetry.
    """
    if symmetry not in SYMMETRY_ORDERS:
        raise unknown("volume", symmetry, SYMMETRY_ORDERS)
    return fit(_base(SYMMETRY_ORDERS[symmetry]), side)


@lru_cache(maxsize=4)
def _base(order: int) -> np.ndarray:
    """The volume at its own side. Aspire's fill the sphere in their cube: it gets a margin."""
    made = aspire("volume")
    common = {"L": SUPPORT, "C": 1, "K": max(2, BLOBS // order), "seed": SEEDS[order]}
    if order == 1:
        volumes = made.AsymmetricVolume(**common)
    else:
        volumes = made.CnSymmetricVolume(order=order, alpha=WIDTH, **common)
    volume = centred(volumes.generate().asnumpy()[0], OWN_SIDE)
    volume.setflags(write=False)
    return volume
