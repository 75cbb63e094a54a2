"""Simulation: targets, placement of copies, and the streamed noisy measurement."""

from mtdbench.simulation.dataset import write_dataset
from mtdbench.simulation.placement import place
from mtdbench.simulation.recipe import Recipe, recipe_key

__all__ = ["Recipe", "place", "recipe_key", "simulate"]
