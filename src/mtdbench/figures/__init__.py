"""Figures: errors, run times and estimates of a study, drawn with confidence bands."""

from mtdbench.figures.draw import draw_all, draw_one

__all__ = ["draw_all", "draw_one"]
