"""Simulation: targets, placement of copies, and the streamed noisy measurement."""

from mtdbench.simulation.dataset import Dataset, make_dataset, write_dataset
from mtdbench.simulation.placement import place
from mtdbench.simulation.recipe import Recipe, recipe_key

__all__ = ["Dataset", "Recipe", "make_dataset", "place", "recipe_key", "write_dataset"]
