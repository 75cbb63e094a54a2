"""Simulation: targets, placement of copies, and the streamed noisy measurement."""

from mtdbench.simulate.dataset import simulate
from mtdbench.simulate.placement import place
from mtdbench.simulate.recipe import Recipe, recipe_key

__all__ = ["Recipe", "place", "recipe_key", "simulate"]
