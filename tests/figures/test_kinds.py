"""Every kind of figure is declared once, in the schema, and has one file."""

from pathlib import Path
from typing import get_args

import pytest

from mtdbench.errors import InputError
from mtdbench.figures import kinds
from mtdbench.figures.layout.panels import with_axes
from mtdbench.figures.layout.plot import Plot, Subject
from mtdbench.figures.layout.style import looks
from mtdbench.results.reader import Results
from mtdbench.study import parse_study
from mtdbench.study.schema import Drawing, FigureKind

STUDY = """
name: s
sweeps: [{name: a, space: line, window: 5, size: 100, snr: 1, density: 0.2}]
estimators: [{name: zero}]
figures: [{name: f, title: F, kind: KIND, sweeps: [a]}]
"""


def test_the_kinds_of_the_schema_are_the_files_of_the_room() -> None:
    files = {path.stem for path in Path(kinds.__path__[0]).glob("[!_]*.py")}
    assert files == {f"{kind.replace('-', '_')}_plots" for kind in get_args(FigureKind)}
    assert list(kinds.KINDS) == list(get_args(FigureKind))


@pytest.mark.parametrize("kind", get_args(FigureKind))
def test_every_kind_takes_a_subject_and_gives_plots(kind: FigureKind, make_study) -> None:  # type: ignore[no-untyped-def]
    results = Results.load(make_study(trials=1))
    table, styles = with_axes(results.table), looks(results.table, results.references)
    drawing = Drawing(name="f", title="F", kind=kind, sweeps=("images",))
    rows = table[table["sweep"] == "images"]
    for subject in (Subject(rows, results, styles), Subject(rows, results, styles, drawing)):
        plots = list(kinds.KINDS[kind](subject))
        assert all(isinstance(plot, Plot) and plot.name and plot.caption for plot in plots)
    assert bool(plots) == (kind in ("curves", "progress", "estimates"))


def test_a_study_may_name_these_kinds_and_no_other() -> None:
    for kind in get_args(FigureKind):
        assert parse_study(STUDY.replace("KIND", kind)).figures[0].kind == kind
    with pytest.raises(InputError, match="kind"):
        parse_study(STUDY.replace("KIND", "drawings"))
