"""A corner of a published study has the published cells, data sets and seeds."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from mtdbench.study.find import find_study
from mtdbench.study.plan import make_plan
from mtdbench.study.recipes import estimator_seed
from mtdbench.study.schema import Study

ROOT = Path(__file__).parents[2]
published_grid = runpy.run_path(str(ROOT / "tools" / "published_grid.py"))["published_grid"]


@pytest.mark.parametrize(
    ("name", "sweeps", "axes"),
    [
        ("heterogeneity", ["one-signal", "two-signals"], {}),
        ("paper-2d-reduced", ["size"], {"size": [150, 194]}),
    ],
)
def test_the_corner_is_part_of_what_is_published(monkeypatch, name, sweeps, axes):
    monkeypatch.chdir(ROOT)
    whole = find_study(name)[0].model_dump(mode="json")
    study = Study.model_validate(published_grid(whole, sweeps, axes, 3))
    table = pd.read_parquet(ROOT / "results" / "published" / name / "table.parquet")
    known = table.set_index(["cell", "trial", "estimator"])["seed"]
    plan = make_plan(study)
    assert study.name == f"grid-{name}"
    assert {cell.sweep for cell in plan.cells} == set(sweeps)
    for batch in plan.batches:
        for trial in batch.block.trials:
            seed = known[batch.block.cell.id, trial, batch.run.label]
            assert estimator_seed(study, batch.block.cell, trial) == seed
    assert plan.runs < 50
