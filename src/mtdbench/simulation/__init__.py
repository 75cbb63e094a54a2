"""Simulation: targets, placement of copies, and the streamed noisy measurement."""

from mtdbench.simulation.dataset import Dataset, make_dataset, write_dataset
from mtdbench.simulation.placement import place
from mtdbench.simulation.recipe import Recipe, key

__all__ = ["Dataset", "Recipe", "key", "make_dataset", "place", "write_dataset"]
