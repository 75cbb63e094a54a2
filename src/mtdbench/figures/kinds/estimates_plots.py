"""Estimates as pictures beside the truth, for each space and window."""

from collections.abc import Iterator
from functools import partial

from mtdbench.figures.layout.comparisons import (
    FIRST_MEASURED,
    FIRST_TRIALS,
    by_window,
    comparisons,
)
from mtdbench.figures.layout.panels import are_from_files
from mtdbench.figures.layout.picture_grid import draw_pictures
from mtdbench.figures.layout.plot import Plot, Subject, caption, left_out


def estimates_plots(subject: Subject) -> Iterator[Plot]:
    """Signals as lines, images in grey, volumes as slices and a projection."""
    for part, one in by_window(subject):
        if sets := comparisons(one):
            note = left_out(sets, one.rows["cell"].nunique())
            measured = are_from_files(one.rows)
            lead = FIRST_MEASURED if measured else FIRST_TRIALS
            title = f"Estimates beside the {sets[0].called}"
            words = caption(lead, sets[0].style.note, note)
            draw = partial(draw_pictures, sets, one.looks)
            yield Plot("estimates", title, words, draw, part)
