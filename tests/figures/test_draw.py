"""Which figures a study gets, and that they are all there, every time the same."""

import json

import numpy as np
import pandas as pd
import pytest

from mtdbench.errors import InputError
from mtdbench.figures import draw_all
from mtdbench.figures.automatic import plan
from mtdbench.figures.layout.curve_axes import CURVE_AXES, Curves
from mtdbench.figures.layout.curve_panels import draw_curves
from mtdbench.figures.layout.option_sweeps import option_sweeps
from mtdbench.figures.layout.panels import Panel
from mtdbench.figures.layout.style import looks
from mtdbench.results.reader import Results
from mtdbench.study.schema import Drawing

EXPECTED = {
    f"{sweep}-{kind}"
    for sweep in ("signals", "images")
    for kind in (
        *("error-snr", "error-size", "runtime-size", "error-time", "estimates"),
        *("error-em-poses", "runtime-em-poses"),
    )
}


def test_figures_follow_from_what_the_sweeps_vary(make_study):
    folder = make_study()
    assert {plot.name for plot in plan(Results.load(folder))} == EXPECTED
    table = pd.read_parquet(folder / "table.parquet")
    flat = table[(table["size"] == 1000) & (table["estimator"] != "em")]  # one size of signals
    flat.to_parquet(folder / "table.parquet")
    names = {plot.name for plot in plan(Results.load(folder))}
    assert names == {"signals-error-snr", "signals-error-time", "signals-estimates"}


def test_every_figure_is_there_in_three_formats_and_the_same_whoever_draws_it_again(make_study):
    folder = make_study(fails=lambda label, snr, trial: label == "em" and trial == 1)
    table = pd.read_parquet(folder / "table.parquet")
    table[(table["sweep"] == "images") & (table["size"] == 100)].to_parquet(
        folder / "table.parquet"
    )
    first = draw_all(folder, folder / "one")
    second = draw_all(folder, folder / "two", processes=2)
    listed = json.loads((folder / "one" / "figures.json").read_text())
    assert {path.name for path in first} == {
        f"{entry['name']}.{kind}" for entry in listed for kind in ("svg", "png", "pdf")
    }
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    assert all(entry["caption"] and entry["title"] for entry in listed)
    assert not list((folder / "one").glob(".*"))


@pytest.mark.parametrize("case", ["all failed", "one trial", "no history"])
def test_poor_studies_are_drawn_too(make_study, case):
    folder = make_study(
        trials=1 if case == "one trial" else 2,
        fails=lambda *_: case == "all failed",
        with_history=case != "no history",
    )
    plots = {plot.name: plot for plot in plan(Results.load(folder)) if plot.sweep == "images"}
    assert ("images-error-time" in plots) == (case == "one trial")
    for plot in plots.values():
        plot.draw().draw_without_rendering()


def test_failures_are_counted_in_the_legend(make_study):
    folder = make_study(fails=lambda label, snr, trial: label == "em" and snr == 1 and trial == 0)
    plots = {plot.name: plot for plot in plan(Results.load(folder))}
    figure = plots["signals-error-snr"].draw()
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "em (2 of 8 failed)" in words
    assert "autocorrelation" in words
    assert "95 % band, 2 trials" in words


def test_an_option_varied_becomes_an_axis(make_study):
    results = Results.load(make_study())
    table = results.table
    (found,) = option_sweeps(table[table["sweep"] == "images"], looks(table, results.references))
    assert (found.method, found.option) == ("em", "poses")
    curve = found.rows[found.rows["estimator"] == "em, poses varied"]
    assert sorted(curve["value"].unique()) == [8, 16]
    level = found.rows[found.rows["estimator"] == "autocorrelation"]
    means = level.groupby("value")["error"].mean()
    assert np.ptp(means) == 0


def test_grids_of_one_method_keep_the_names_of_their_estimators(make_study):
    table = Results.load(make_study()).table
    images = table[table["sweep"] == "images"]
    em = images[images["estimator"].str.startswith("em")]
    values = em["options"].map(lambda text: json.loads(text)["poses"])
    options = [json.dumps({"poses": value, "stopping_rule": "published"}) for value in values]
    quick = em.assign(estimator=[f"em-quick poses={v}" for v in values], options=options)
    usual = em.assign(estimator=[f"em poses={v}" for v in values])
    rows = pd.concat([usual, quick], ignore_index=True)
    (found,) = option_sweeps(rows, looks(rows, ()))
    assert set(found.looks) == set(found.rows["estimator"]) == {"em", "em-quick"}
    assert {look.label for look in found.looks.values()} == {"em", "em-quick"}


def test_at_a_single_x_rivals_stand_side_by_side_and_references_are_level(make_study):
    results = Results.load(make_study())
    table, references = results.table, results.references
    rows = table[(table["sweep"] == "images") & (table["snr"] == table["snr"].min())]
    curves = Curves(CURVE_AXES["snr"], rows, looks(table, references))
    drawing = Drawing(name="f", title="F", sweeps=("images",))
    figure = draw_curves([Panel("", rows)], curves, drawing)
    level_looks = [look for look in looks(rows, references).values() if look.is_reference]
    rivals = [look for look in looks(rows, references).values() if not look.is_reference]
    across = [np.asarray(line.get_xdata(), dtype=float) for line in figure.axes[0].lines]
    level = [line for line in figure.axes[0].lines if len(line.get_ydata()) == 2]
    level = [line for line in level if np.ptp(np.asarray(line.get_ydata(), dtype=float)) == 0]
    single = {float(x[0]) for x in across if len(x) == 1}
    assert len(level) == len(level_looks) > 0
    assert len(single) == len(rivals) > 1
    low, high = figure.axes[0].get_xlim()
    assert all(low < x < high for x in single)


def test_a_folder_without_a_table_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"table\.parquet"):
        draw_all(tmp_path, tmp_path / "figures")
