"""Separations through a study: from the estimate to the column and the figure."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mtdbench.evaluate.separation_deviation import true_separations
from mtdbench.evaluate.table import write_table
from mtdbench.figures.automatic import plan as figures
from mtdbench.model.placed_copies import Placement
from mtdbench.results.reader import Results
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.spaces import Window
from mtdbench.study import make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block

LINE = {"space": "line", "window": 6, "size": 20000, "snr": [1, 10], "trials": 1}
STUDY = {
    "name": "s",
    "sweeps": [
        {**LINE, "name": "a", "density": 0.5, "spacing": "arbitrary"},
        {**LINE, "name": "b", "density": 0.2, "snr": 10},
    ],
    "estimators": [{"name": "autocorrelation", "options": {"n_init": 2}}, {"name": "zero"}],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The study, worked through."""
    folder = tmp_path_factory.mktemp("results") / "s"
    plan = make_plan(parse_study(yaml.safe_dump(STUDY)))
    for block in plan.blocks:
        listing = folder / "data" / block.cell.id / f"{block.name}.json"
        simulate_block(plan.study, block, folder, listing)
    for batch in plan.batches:
        out = batch_file(folder, batch)
        run_batch(plan.study, batch, folder, out, out.with_suffix(".log"))
    write_table(plan, "", folder)
    return Results.load(folder)


def test_the_column_is_the_largest_deviation_from_the_placement(results: Results) -> None:
    table = results.table
    known = table[table["pairs_deviation"].notna()]
    assert set(known["estimator"]) == {"autocorrelation"}
    assert set(known["sweep"]) == {"a"}
    assert len(known) == 2
    for row in known.itertuples():
        found, true = results.pairs(str(row.cell), 0, "autocorrelation")  # type: ignore[misc]
        placement = Placement.load(results.folder / "data" / str(row.cell) / "0" / "placement.npz")
        np.testing.assert_array_equal(true, true_separations(placement, Window((6,))))
        assert row.pairs_deviation == np.abs(found - true).max()
        assert 0 < row.pairs_deviation < 0.1
    assert results.pairs(str(table["cell"].iloc[0]), 0, "zero") is None


def test_there_is_a_figure_where_separations_were_estimated(results: Results) -> None:
    plots = {plot.name: plot for plot in figures(results)}
    assert [name for name in plots if "separations" in name] == ["a-separations"]
    figure = plots["a-separations"].draw()
    assert [axis.get_title() for axis in figure.axes] == ["SNR 1", "SNR 10"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["true", "autocorrelation"]
    cell = results.table[results.table["snr"] == 10]["cell"].iloc[0]
    pairs = results.pairs(str(cell), 0, "autocorrelation")
    assert pairs is not None
    true, estimate = figure.axes[1].lines
    np.testing.assert_array_equal(true.get_xdata(), [6, 7, 8, 9, 10])
    np.testing.assert_array_equal(estimate.get_ydata(), pairs[0])
    np.testing.assert_array_equal(true.get_ydata(), pairs[1])
    figure.draw_without_rendering()


def test_tables_without_this_column_are_drawn_too(results: Results, tmp_path: Path) -> None:
    old = results.table.drop(columns="pairs_deviation")
    names = [plot.name for plot in figures(Results(results.folder, old, pd.DataFrame(), {}, {}))]
    assert names
    assert "a-separations" not in names
