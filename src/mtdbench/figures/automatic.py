"""The figures of a study: those that it names, then those that follow from what its sweeps vary."""

from collections.abc import Iterator
from dataclasses import replace

from mtdbench.figures.kinds import KINDS
from mtdbench.figures.layout.panels import with_axes
from mtdbench.figures.layout.plot import Plot, Subject, slug
from mtdbench.figures.layout.style import looks
from mtdbench.figures.named import named_plots
from mtdbench.results.reader import Results


def plan(results: Results) -> Iterator[Plot]:
    """Every figure of a study, in the order of the report."""
    for drawing in results.drawings:
        yield from named_plots(drawing, results)
    table, styles = with_axes(results.whole), looks(results.whole, results.references)
    for sweep in results.sweeps:
        subject = Subject(table[table["sweep"] == sweep], results, styles)
        for plotter in KINDS.values():
            for plot in plotter(subject):
                name = "-".join(filter(None, [sweep, plot.name, plot.part]))
                yield replace(plot, name=slug(name), sweep=sweep)
