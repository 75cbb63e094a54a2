"""Figures that a study names."""

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from mtdbench.figures.automatic import plan
from mtdbench.figures.named import named_plots
from mtdbench.results.reader import Results
from mtdbench.study.schema import Drawing


def words(figure):
    return {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def texts(plot):
    return {text.get_text() for text in plot.draw().findobj(Text)}


def drawn(folder, **content):
    drawing = Drawing.model_validate({"name": "f", "title": "F", **content})
    (plot,) = named_plots(drawing, Results.load(folder))
    return plot


def test_curves_show_the_chosen_estimators_their_fits_and_what_a_paper_says(make_study):
    plot = drawn(
        make_study(trials=4), sweeps=["signals"], x="samples", estimators=["em", "oracle"],
        published={"paper": {1000: 0.05}}, fits=[{"estimator": "em"}], guides=[-0.5], caption="C.",
    )  # fmt: skip
    figure = plot.draw()
    assert {"em", "oracle", "paper", "slope −1/2"} <= words(figure)
    assert not any("autocorrelation" in word for word in words(figure))
    assert plot.caption.startswith("C. Curves: geometric mean")
    assert "Fitted slopes" in plot.caption and "em from" in plot.caption
    marks = [line for axis in figure.axes for line in axis.lines if line.get_label() == "paper"]
    assert all(list(line.get_xydata()[0]) == [1000, 0.05] for line in marks)
    assert len(marks) == len(figure.axes)


def test_sweeps_are_panels_of_their_own_or_parts_of_one_grid(make_study):
    folder = make_study()
    apart = drawn(folder, sweeps=["signals", "images"], x="snr").draw()
    together = drawn(folder, sweeps=["signals", "images"], x="copies", together=True).draw()
    titles = [axis.get_title() for axis in apart.axes]
    assert any("signals" in title for title in titles) and any("images" in t for t in titles)
    assert not any("signals" in axis.get_title() for axis in together.axes)


def test_runs_that_found_nothing_are_counted_in_the_legend(make_study):
    folder = make_study(trials=3)
    results = Results.load(folder)
    table = results.table.copy()
    table.loc[(table["estimator"] == "em") & (table["trial"] == 1), "error"] = 0.9
    lost = int(((table["estimator"] == "em") & (table["sweep"] == "images")
                & (table["error"] > 0.5)).sum())  # fmt: skip
    total = int(((table["estimator"] == "em") & (table["sweep"] == "images")).sum())
    drawing = Drawing(name="f", title="F", sweeps=("images",), lost=0.5, centre="median")
    (plot,) = named_plots(drawing, replace(results, table=table))
    assert f"em ({lost} of {total} lost)" in words(plot.draw())
    assert 0 < lost < total
    assert "median over independent trials" in plot.caption


def test_an_option_may_be_the_axis(make_study):
    plot = drawn(make_study(), sweeps=["signals"], x="poses", y="cpu_seconds")
    assert "em, poses varied" in words(plot.draw())
    same = drawn(make_study(), sweeps=["signals"], x="em poses", y="cpu_seconds")
    assert words(same.draw()) == words(plot.draw())


def test_estimates_are_those_of_the_sweeps_by_another_name(make_study):
    folder = make_study()
    plot = drawn(folder, sweeps=["images"], kind="estimates", caption="Ours.")
    assert (plot.name, plot.title) == ("f", "F")
    assert plot.caption.startswith("Ours. Estimates, aligned")
    assert plot.draw().axes


def test_a_kind_that_needs_a_figure_for_each_window_gives_all_of_them(make_study):
    sweeps = [("short", "line", 5, 1000), ("long", "line", 10, 1000)]
    results = Results.load(make_study(trials=1, sweeps=sweeps))
    drawing = Drawing(name="f", title="F", kind="estimates", sweeps=("short", "long"))
    one, other = named_plots(drawing, results)
    assert (one.name, one.title) == ("f", "F (line L5)")
    assert (other.name, other.title) == ("f-line-l10", "F (line L10)")
    for plot, window in ((one, 5), (other, 10)):
        truth = plot.draw().axes[0].lines[0]
        assert len(truth.get_xdata()) == window


def test_only_some_cells_may_be_shown(make_study):
    folder = make_study()
    several = drawn(folder, sweeps=["images"], kind="estimates")
    few = drawn(folder, sweeps=["images"], kind="estimates", only={"size": [100], "snr": [4]})
    assert "SNR 4\nN = 100" in texts(few) and not any("SNR 1" in text for text in texts(few))
    assert any("SNR 1" in text for text in texts(several))


def test_error_against_time_may_have_a_name_too(make_study):
    plot = drawn(make_study(), sweeps=["images"], kind="progress", estimators=["em", "oracle"])
    assert (plot.name, plot.title) == ("f", "F")
    assert {"CPU time (s)", "em"} <= texts(plot)
    assert "autocorrelation" not in texts(plot)


def test_a_study_draws_the_figures_that_it_names_first(make_study):
    results = Results.load(make_study())
    figures = [{"name": "mine", "title": "M", "sweeps": ["signals"]}]
    named = replace(results, study={**results.study, "figures": figures})
    assert [plot.name for plot in plan(named)] == ["mine", *(p.name for p in plan(results))]


def test_where_there_is_nothing_to_show_there_is_no_figure(make_study):
    drawing = Drawing(name="f", title="F", sweeps=("nowhere",))
    assert list(named_plots(drawing, Results.load(make_study()))) == []


@pytest.mark.parametrize("y", ["efficiency", "pairs_deviation"])
def test_a_column_without_values_is_drawn_as_such(make_study, y):
    results = Results.load(make_study())
    table = results.table.assign(efficiency=np.nan, pairs_deviation=np.nan)
    drawing = Drawing(name="f", title="F", sweeps=("signals",), y=y)
    (plot,) = named_plots(drawing, replace(results, table=table))
    assert plot.draw().axes


def test_the_error_of_the_density_is_a_relative_one(make_study):
    results = Results.load(make_study())
    table = results.table.assign(density_estimated=1.25 * results.table["density"])
    drawing = Drawing(name="f", title="F", sweeps=("signals",), y="density_deviation")
    (plot,) = named_plots(drawing, replace(results, table=table))
    curves = [line for axis in plot.draw().axes for line in axis.lines if line.get_marker() == "o"]
    assert curves
    assert all(np.allclose(line.get_ydata(), 0.25) for line in curves)


def test_with_bounds_and_root_mean_squares_the_caption_gives_efficiencies(make_study):
    results = Results.load(make_study(trials=5))
    table = results.table.assign(bound=0.5 * results.table["error"])
    drawing = Drawing(name="f", title="F", sweeps=("signals",), centre="root mean square")
    (plot,) = named_plots(drawing, replace(results, table=table))
    said = re.findall(r"em, (\d): ([\d.]+) \[([\d.]+), ([\d.]+)\]", plot.caption)
    assert [value for value, *_ in said] == ["1", "4"]
    for _, middle, low, high in said:
        assert middle == "0.50"
        assert float(low) <= 0.5 <= float(high)
    assert "zero, 1:" not in plot.caption
