"""A study with picking: columns of the table, and a figure."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mtdbench.commands.pick_file import Request, pick_file
from mtdbench.evaluate.table import write_table
from mtdbench.figures.automatic import plan as figures
from mtdbench.results.columns import TABLE
from mtdbench.results.reader import Results
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.study import make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block

PICKED = [column.name for column in TABLE if column.name.startswith("pick_")]
SWEEP = {"name": "a", "space": "disc", "window": 5, "size": 100, "snr": [0.1, 20], "density": 0.1}
STUDY = {
    "name": "s",
    "limits": {"seconds": 30, "memory_mib": 2000},
    "sweeps": [
        {**SWEEP, "picking": True, "trials": 2},
        {**SWEEP, "name": "b", "snr": 20, "trials": 1, "estimators": ["oracle"]},
    ],
    "estimators": [{"name": name} for name in ("zero", "oracle", "not_a_number")],
}


@pytest.fixture(scope="module")
def results(plugin_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The study, worked through."""
    from mtdbench.estimators import registry

    folder = tmp_path_factory.mktemp("results") / "s"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(plugin_site), prepend=os.pathsep)
        patch.syspath_prepend(str(plugin_site))
        registry._entries.cache_clear()
        plan = make_plan(parse_study(yaml.safe_dump(STUDY)))
        for block in plan.blocks:
            listing = folder / "data" / block.cell.id / f"{block.name}.json"
            simulate_block(plan.study, block, folder, listing)
        for batch in plan.batches:
            out = batch_file(folder, batch)
            run_batch(plan.study, batch, folder, out, out.with_suffix(".log"))
        write_table(plan, "", folder)
    registry._entries.cache_clear()
    return Results.load(folder)


def test_columns_are_there_where_copies_are_picked(results: Results) -> None:
    table = results.table
    assert list(table) == [column.name for column in TABLE]
    assert table.loc[table["sweep"] == "b", PICKED].isna().all(axis=None)
    rows = table[table["sweep"] == "a"]
    known = [name for name in PICKED if "precision" not in name]  # it can be of no copies
    assert rows[known[3:]].notna().all(axis=None)  # whatever became of the run
    failed = rows["estimator"] == "not_a_number"
    assert rows.loc[failed, PICKED[:4]].isna().all(axis=None)
    assert rows.loc[~failed, known].notna().all(axis=None)
    zero = rows[rows["estimator"] == "zero"]
    np.testing.assert_array_equal(zero["pick_f1"], zero["pick_f1_trivial"])
    assert (zero["pick_recall"] == 0).all()
    assert zero["pick_precision"].isna().all()
    clear = rows[(rows["estimator"] == "oracle") & (rows["snr"] == 20)]
    assert clear[PICKED[:8]].gt(0.95).all(axis=None)
    assert clear[PICKED[8:]].lt(0.85).all(axis=None)
    np.testing.assert_allclose(clear["pick_positions"], clear["pick_positions_truth"], atol=0.05)
    noisy = rows[rows["snr"] == 0.1]
    assert noisy["pick_positions_truth"].mean() < clear["pick_positions_truth"].mean() / 2


def test_there_is_a_figure_where_copies_are_picked(results: Results) -> None:
    plots = {plot.name: plot for plot in figures(results)}
    assert [name for name in plots if "picking" in name] == ["a-picking"]
    figure = plots["a-picking"].draw()
    assert [axis.get_title() for axis in figure.axes] == [
        *("F1 of empty patches", "positions within one sample"),
        *("recall of copies", "precision of copies"),
    ]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["true object", "trivial rule", "zero", "oracle", "95 % band, 2 trials"]
    figure.draw_without_rendering()


def test_the_table_says_what_the_command_says(results: Results, tmp_path: Path) -> None:
    rows = results.table[(results.table["sweep"] == "a") & (results.table["snr"] == 20)]
    first = rows.iloc[0]
    data = results.folder / "data" / first["cell"] / "0"
    request = Request(
        measurement=str(data / "measurement.npy"),
        estimate=str(data / "truth.npz"),
        space="disc",
        window=5,
        sigma=float(first["sigma"]),
        placement=str(data / "placement.npz"),
        truth=str(data / "truth.npz"),
    )
    scores = pick_file(request, tmp_path / "out", 1)["scores"]
    for name in ("f1", "positions", "recall", "precision"):
        assert scores[name] == pytest.approx(first[f"pick_{name}_truth"])
    for name in ("f1_trivial", "positions_trivial"):
        assert scores[name] == pytest.approx(first[f"pick_{name}"])


def test_tables_without_these_columns_are_drawn_too(results: Results) -> None:
    old = Results(results.folder, results.table.drop(columns=PICKED), pd.DataFrame(), {}, {})
    assert not [plot.name for plot in figures(old) if "picking" in plot.name]
