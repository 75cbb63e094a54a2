"""What the optics of a microscope do: contrast transfer functions, and the files that have them."""

from mtdbench.optics.micrograph_optics import MicrographOptics
from mtdbench.optics.point_spread import point_spreads
from mtdbench.optics.transfer_function import TransferFunction

__all__ = ["MicrographOptics", "TransferFunction", "point_spreads"]
