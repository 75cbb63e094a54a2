"""Picking by the posterior: which patches are empty, and where the copies lie that others show."""

from mtdbench.picking.particles import Particles, particles
from mtdbench.picking.picks import Picks, pick

__all__ = ["Particles", "Picks", "particles", "pick"]
