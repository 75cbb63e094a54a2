"""Spaces: all that knows whether the object is a signal, an image or a volume."""

from mtdbench.spaces.protocol import Space, make_space

__all__ = ["Space", "make_space"]
