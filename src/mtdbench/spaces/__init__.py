"""Spaces: all that knows whether the object is a signal, an image or a volume."""

from mtdbench.spaces.catalogue import SPACES, make_space
from mtdbench.spaces.protocol import Space
from mtdbench.spaces.window import Window

__all__ = ["SPACES", "Space", "Window", "make_space"]
