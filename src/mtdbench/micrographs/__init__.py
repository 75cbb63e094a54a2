"""Micrographs as people have them: from files of microscopes to one measurement."""

from mtdbench.micrographs.micrographs import Micrographs

__all__ = ["Micrographs"]
