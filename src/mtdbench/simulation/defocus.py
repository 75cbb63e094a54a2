"""Transfer functions of a usual microscope, of which the fault `defocus` says the defocus."""

from typing import Any

import numpy as np

from mtdbench.optics.micrograph_optics import MicrographOptics
from mtdbench.optics.transfer_function import TransferFunction

MICROSCOPE = {"voltage": 300.0, "spherical_aberration": 2.7, "amplitude_contrast": 0.1}
PIXEL_SIZE = 10.0
"""Angstrom to a sample."""
SPREAD = 0.2
"""Of the defocus of several micrographs about their mean, relative to it: what is lost at a zero of
one function is seen in another micrograph.
"""


def defocused(defocus: float, micrographs: int) -> dict[str, Any]:
    """The parts of an instrument, see `mtdbench.model.instrument`, behind which micrographs out of
    focus lie. Micrograph m of M has the defocus z (1 + s (2 m / (M - 1) - 1)), with the spread s; a
    single one has z.

    Parameters
    ----------
    defocus : float
        z, angstrom.
    micrographs : int
        M.

    Raises
    ------
    InputError
        If no transfer function has such a defocus.
    """
    spread = SPREAD if micrographs > 1 else 0.0
    factors = 1 + spread * np.linspace(-1, 1, micrographs)
    functions = [TransferFunction(**MICROSCOPE, defocus_u=float(defocus * f)) for f in factors]
    return MicrographOptics.of(functions).parts(PIXEL_SIZE)
