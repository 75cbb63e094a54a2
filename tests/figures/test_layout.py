"""Figures can be read on a narrow page: at most two panels wide, with the legend below."""

import pytest
from matplotlib.figure import Figure

from mtdbench.figures.automatic import plan
from mtdbench.figures.layout.canvas import DOUBLE, titled
from mtdbench.figures.layout.picture_grid import MOST_ACROSS, empty_grid
from mtdbench.figures.layout.save import theme
from mtdbench.results.reader import Results


def laid_out(plot) -> Figure:  # type: ignore[no-untyped-def]
    with theme():
        figure = plot.draw()
        figure.draw_without_rendering()
    return figure


@pytest.fixture(scope="module")
def figures(make_study) -> list[Figure]:  # type: ignore[no-untyped-def]
    sweeps = [("images", "disc", 5, 100)]
    folder = make_study(sweeps=sweeps, fails=lambda label, _, trial: label == "em" and trial == 1)
    results = Results.load(folder)
    return [laid_out(plot) for plot in plan(results)]


def test_no_figure_is_wider_than_two_panels(figures: list[Figure]) -> None:
    assert all(figure.get_figwidth() <= DOUBLE + 1e-9 for figure in figures)


def test_legend_and_names_of_axes_lie_inside_and_on_nothing_else(figures: list[Figure]) -> None:
    with_legend = [figure for figure in figures if figure.legends]
    assert with_legend
    for figure in with_legend:
        legend = figure.legends[0].get_window_extent()
        name = next(text for text in figure.texts if text.get_text() == figure.get_supxlabel())
        below = name.get_window_extent()
        assert legend.x0 >= 0 and legend.x1 <= figure.bbox.width
        assert legend.y0 >= 0 and legend.y1 <= below.y0 + 1
        for axis in figure.axes:
            assert below.y1 <= axis.get_tightbbox().y0 + 1
            assert axis.get_window_extent().height > 0.9 * figure.dpi  # the data keep their room


@pytest.mark.parametrize(
    ("sets", "pictures", "shape", "is_turned"),
    [
        (1, 3, (1, 3), False),
        (3, MOST_ACROSS, (3, MOST_ACROSS), False),
        (3, MOST_ACROSS + 1, (MOST_ACROSS + 1, 3), True),  # a column for each data set
        (1, MOST_ACROSS + 1, (2, 3), False),  # one data set in two rows
        (1, 16, (4, 4), False),
    ],
)
def test_pictures_stand_in_rows_or_columns(
    sets: int, pictures: int, shape: tuple[int, int], is_turned: bool
) -> None:
    grid = empty_grid(sets, pictures, 1.0, 1.0)
    spec = grid.axes[0, 0].get_subplotspec()
    assert spec is not None
    assert spec.get_gridspec().get_geometry() == shape
    assert grid.is_turned == is_turned
    assert grid.axes.shape == (sets, pictures)
    assert len(grid.figure.axes) == sets * pictures
    assert grid.figure.get_figwidth() <= DOUBLE
    spots = [axis.get_subplotspec().num1 for axis in (grid.axes.T if is_turned else grid.axes).flat]
    assert spots == list(range(sets * pictures))


def test_long_titles_are_broken() -> None:
    assert titled("SNR 1\nstand-in", 2) == "SNR 1\nstand-in"
    broken = titled("arbitrary, N = 100000, SNR 0.5, density 0.3", 2).splitlines()
    assert len(broken) == 2
    assert all(len(line) <= 28 for line in broken)
