"""The window and the size of samples for a particle of known diameter."""

from dataclasses import dataclass
from math import isfinite

from mtdbench.errors import InputError

ACROSS = 13
"""Samples across a particle, about, where nobody asks for a window: enough to tell its shape, and
few enough that an estimate takes minutes.
"""
WINDOW_DIAMETERS = 1.6
"""Side of a window in diameters: room for the fringe that optics put about a particle."""
BEHIND_OPTICS = 1.15
"""The same where the optics are known: the window holds the particle alone, and what they spread is
in the margin of the model.
"""


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """How micrographs are sampled for a particle.

    Attributes
    ----------
    bin_factor : int
        Samples along each axis that become one.
    window : int
        L, samples after that.
    diameter : float
        Of the particle, samples after that.
    """

    bin_factor: int
    window: int
    diameter: float


def choose_window(
    diameter: float,
    pixel_size: float | None,
    window: int | None = None,
    bin_factor: int | None = None,
    diameters: float = WINDOW_DIAMETERS,
) -> WindowChoice:
    """The choice for a particle of that diameter; what is given of it stays.

    Parameters
    ----------
    diameter, pixel_size : float
        Angstrom; of samples as they come.
    window, bin_factor : int or None
    diameters : float
        Side of the window in diameters, where it is to be chosen.

    Raises
    ------
    InputError
        If the diameter is not positive, the size of a sample is not known, or the particle does not
        fit the window.
    """
    if not (isfinite(diameter) and diameter > 0):
        raise InputError(f"diameter {diameter}: expected a positive number of angstrom")
    if pixel_size is None:
        raise InputError(
            f"diameter {diameter:g} angstrom, and samples of unknown size: expected --pixel-size"
        )
    if bin_factor is None:
        across = ACROSS if window is None else window / diameters
        bin_factor = max(1, round(diameter / (pixel_size * across)))
    samples = diameter / (pixel_size * bin_factor)
    chosen = 2 * int(diameters / 2 * samples) + 1 if window is None else window
    if samples > chosen:
        raise InputError(
            f"window {chosen} for a particle of {samples:.4g} samples: expected a larger one, or"
            " larger samples"
        )
    return WindowChoice(bin_factor, chosen, samples)
