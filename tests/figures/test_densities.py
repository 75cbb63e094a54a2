"""Densities that are claimed, through a study of noise alone: from the estimate to the figure."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from mtdbench.evaluate.table import write_table
from mtdbench.figures.automatic import plan as figures
from mtdbench.figures.kinds.densities_plots import draw_densities
from mtdbench.figures.layout.panels import Panel
from mtdbench.figures.layout.style import Look
from mtdbench.results.reader import Results
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.study import make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block

LINE = {"space": "line", "window": 5, "size": 2000, "snr": 5, "trials": 2, "picking": True}
EM = {"name": "em", "options": {"n_init": 1, "null_test": True}}
FILTER = {"name": "matched-filter", "options": {"density": 0.2}}
STUDY = {
    "name": "s",
    "sweeps": [{**LINE, "name": "noise", "density": 0}, {**LINE, "name": "copies", "density": 0.2}],
    "estimators": [EM, FILTER],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The study, worked through."""
    return worked_through(STUDY, tmp_path_factory.mktemp("results") / "s")


def worked_through(study: dict[str, Any], folder: Path) -> Results:
    plan = make_plan(parse_study(yaml.safe_dump(study)))
    for block in plan.blocks:
        listing = folder / "data" / block.cell.id / f"{block.name}.json"
        simulate_block(plan.study, block, folder, listing)
    for batch in plan.batches:
        out = batch_file(folder, batch)
        run_batch(plan.study, batch, folder, out, out.with_suffix(".log"))
    write_table(plan, "", folder)
    return Results.load(folder)


def test_the_table_says_what_was_found(results: Results) -> None:
    rows = results.table.set_index(["sweep", "estimator"])
    silent, there = rows.loc[("noise", "em")], rows.loc[("copies", "em")]
    assert (silent["density_estimated"] == 0).all()
    assert (silent["evidence"] < 0).all()
    assert (silent["error"] == 1).all()
    assert silent["pick_precision"].isna().all()  # nothing is listed
    assert silent[["bound", "bound_known"]].isna().all(axis=None)
    assert (there["evidence"] > 10).all()
    assert (abs(there["density_estimated"] - 0.2) < 4 * there["density_error"]).all()
    seen = rows.loc[("noise", "matched-filter")]
    assert (seen["error"] < 0.9).all()  # structure from noise
    assert seen["evidence"].isna().all()


def test_each_trial_is_a_point_with_its_error(results: Results) -> None:
    plots = {plot.name: plot for plot in figures(results)}
    assert {"noise-densities", "copies-densities"} <= set(plots)
    (axis,) = plots["noise-densities"].draw().axes
    points = {bar.lines[0].get_ydata()[0] for bar in axis.containers}
    assert 0 in points
    assert axis.lines[0].get_ydata()[0] == 0  # the true density


def test_no_density_at_all_is_a_point_of_an_axis(tmp_path: Path) -> None:
    """Which no logarithmic axis has."""
    sweep = {**LINE, "name": "both", "density": [0, 0.2], "trials": 1, "picking": False}
    study = {**STUDY, "sweeps": [sweep], "estimators": [{"name": "zero"}]}
    plots = {plot.name: plot for plot in figures(worked_through(study, tmp_path / "s"))}
    (axis,) = plots["both-error-density"].draw().axes
    assert list(axis.get_xticks()) == [0, 0.2]


def test_estimators_stand_beside_each_other(results: Results) -> None:
    """The points of a trial, about it."""
    table = results.table
    rows = table[(table["sweep"] == "copies") & (table["estimator"] == "em")]
    rows = pd.concat([rows, rows.assign(estimator="twin")])
    looks = {name: Look(name, "", "red", "o", ()) for name in ("em", "twin")}
    figure = draw_densities([Panel("copies", rows)], looks)
    places = [np.asarray(bar.lines[0].get_xdata(), float) for bar in figure.axes[0].containers]
    assert len(places) == 2
    np.testing.assert_allclose((places[0] + places[1]) / 2, [0, 1])
    assert (places[0] < places[1]).all()
