"""Estimates as pictures beside the truth, for each space and window."""

from collections.abc import Iterator
from functools import partial

from mtdbench.figures.layout.comparisons import FIRST_TRIALS, by_window, comparisons
from mtdbench.figures.layout.picture_grid import draw_pictures
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out


def estimates_plots(subject: Subject) -> Iterator[Plot]:
    """Signals as lines, images in grey, volumes as slices and a projection."""
    for part, one in by_window(subject):
        if sets := comparisons(one):
            note = left_out(sets, one.rows["cell"].nunique())
            words = caption(FIRST_TRIALS, sets[0].style.note, note)
            draw = partial(draw_pictures, sets, one.looks)
            yield Plot("estimates", "Estimates beside the truth", words, draw, part)
