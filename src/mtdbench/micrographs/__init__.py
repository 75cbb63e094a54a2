"""Micrographs as people have them: from files of microscopes to one measurement."""

from mtdbench.micrographs.micrographs import Micrographs
from mtdbench.micrographs.reading import read_micrographs

__all__ = ["Micrographs", "read_micrographs"]
