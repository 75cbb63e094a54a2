"""Figures that a study names, such as those of a paper."""

from collections.abc import Iterator
from dataclasses import replace

from mtdbench.figures.kinds import KINDS
from mtdbench.figures.layout.panels import rows_of, with_axes
from mtdbench.figures.layout.plot import Plot, Subject, caption, slug
from mtdbench.figures.layout.style import looks
from mtdbench.results.reader import Results
from mtdbench.study.schema import Drawing


def named_plots(drawing: Drawing, results: Results) -> Iterator[Plot]:
    """The figure that a study names; none if its sweeps have nothing to show.

    A kind that needs several figures, one for each space and window, gives all of them: the first
    has the name, the others add to it what they show, e.g. `NAME-line-l10`.
    """
    rows = rows_of(drawing, with_axes(results.whole))
    if rows.empty:
        return
    styles = looks(results.whole, results.references)
    plots = list(KINDS[drawing.kind](Subject(rows, results, styles, drawing)))
    for i, plot in enumerate(plots):
        name = f"{drawing.name}-{slug(plot.part)}" if i else drawing.name
        title = f"{drawing.title} ({plot.part})" if plot.part else drawing.title
        words = caption(drawing.caption, plot.caption)
        yield replace(plot, name=name, title=title, caption=words, sweep=drawing.sweeps[0])
