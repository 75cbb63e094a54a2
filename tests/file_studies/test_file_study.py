"""A study of files from the preparation to the report."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from mtdbench.comparison.tracks import tracks
from mtdbench.evaluate.file_dataset import FileDataset, half_of_marks
from mtdbench.evaluate.fsc import shell_correlation
from mtdbench.evaluate.heldout import heldout_loglik
from mtdbench.evaluate.table import write_table
from mtdbench.model.measurement import Measurement
from mtdbench.picking.particle_marks import Marks
from mtdbench.report.page import write_report
from mtdbench.results.columns import TABLE
from mtdbench.results.reader import Results
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.run.job import Record, Snapshot, encode
from mtdbench.run.status import Status
from mtdbench.simulation import Dataset
from mtdbench.spaces import make_space
from mtdbench.study import Plan
from mtdbench.study.block_simulation import simulate_block
from mtdbench.study.cells import Run
from mtdbench.study.listing import listing_file
from mtdbench.study.prepared_dataset import write_file_dataset

ROOT = Path(__file__).parents[2]
EM = {"name": "em", "halves": True, "options": {"poses": 12, "n_init": 2}}


@pytest.mark.system
def test_every_run_is_a_row_with_the_scores_that_need_no_truth(
    plan: Callable[..., Plan], tmp_path: Path
) -> None:
    planned = plan([EM, {"name": "zero"}, {"name": "oracle"}])
    for block in planned.blocks:
        simulate_block(planned.study, block, tmp_path, listing_file(tmp_path, block))
    for batch in planned.batches:
        out = batch_file(tmp_path, batch)
        run_batch(planned.study, batch, tmp_path, out, tmp_path / "log.txt")
    table = write_table(planned, "", tmp_path)[0].set_index("estimator")
    unknown = ["snr", "density", "sigma", "error", "error_coefficients", "bound", "pick_f1"]
    assert table[unknown].isna().all().all()
    assert (table["size"] == 60).all()

    em = table.loc[["em", "em half 1", "em half 2"]]
    assert (em["status"] == "converged").all()
    assert (em["correlation"] > 0.99).all()
    assert (em["mark_f1"] > 0.95).all()
    assert em["half_set_resolution"].notna().tolist() == [True, False, False]
    assert em["half_set_resolution"].iloc[0] < 2.5
    assert em["heldout_loglik"].notna().tolist() == [False, True, True]
    assert np.isnan(table.loc["zero", "correlation"])
    assert table.loc["zero", "mark_f1"] == 0
    assert table.loc["oracle", "status"] == "crashed"
    assert "has to be told where the copies lie" in table.loc["oracle", "reason"]

    write_report(tmp_path, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Scores without a truth" in page
    assert "Estimates beside the reference" in page
    assert "Half-set Fourier shell correlation" in page
    assert "No estimator gave an error" not in page
    words = re.sub(r'data:image[^"]+', "", page.split('<section id="runs">')[0])
    assert not re.search(r"\bnan\b", words, re.IGNORECASE)
    assert list(tracks([Results.load(tmp_path)])) == []


@pytest.mark.system
def test_the_workflow_runs_it_and_a_folder_is_its_parameter(
    sweep: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    for name in ("Snakefile", "profiles", "environment.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    named = {"measurement": "file:${data}/*.npy", "marks": "file:${data}/*.csv"}
    study = {"name": "s", "sweeps": [{**sweep, **named}], "estimators": [{"name": "zero"}]}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k != "MTDBENCH_DATA"} | {"PATH": path}

    def snakemake(*data: str) -> subprocess.CompletedProcess[str]:
        words = ["-m", "snakemake", "--cores", "1", "--config", "study=study.yaml", *data]
        return subprocess.run(
            [sys.executable, *words, "--", "results/s/table.parquet"], cwd=tmp_path,
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    for data in ([], ["data=away"]):
        refused = snakemake(*data)
        assert refused.returncode == 2
        (line,) = [text for text in refused.stderr.splitlines() if text.startswith("mtdbench:")]
        assert "sweep 'real': 'file:${data}/*.npy'" in line
        assert not (tmp_path / "results").exists()
    done = snakemake(f"data={folder}")
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(tmp_path / "results" / "s" / "table.parquet")
    assert table["status"].tolist() == ["ok"]
    assert list(table.columns) == [column.name for column in TABLE]


def test_marks_are_cut_in_halves_as_the_measurement_is(dataset: Dataset) -> None:
    placement, whole = dataset.placement, dataset.measurement
    centres = placement.corners + 3.0
    marks = Marks(placement.micrographs, centres, np.arange(2))
    second = half_of_marks(marks, whole, 2)
    assert np.array_equal(second.places, centres[placement.micrographs == 1])
    assert second.marked.tolist() == [0]

    alone = Measurement(whole.samples[0], whole.space)
    for number in (1, 2):
        part, half = half_of_marks(marks.within(0, 1), alone, number), alone.half(number)
        for y, x in part.places.astype(int):
            row = y + (number - 1) * 30
            assert half.stack[0, y, x] == alone.samples[row, x]
        assert np.all((part.places >= 0) & (part.places < half.stack.shape[1:]))


def test_estimates_of_halves_are_aligned_with_each_other(plan: Callable[..., Plan]) -> None:
    (cell,) = plan().cells
    space = make_space(cell.space, cell.window, cell.basis)
    x = space.random(np.random.default_rng(0))
    turned = space.expand(np.rot90(space.render(x)))
    assert shell_correlation(space.render(x), space.render(turned))[1].min() < 0.4
    answers = {"em half 1": x, "em half 2": turned}
    known = FileDataset(plan().study, cell, 0, Path("nowhere"), answers)
    halves = [Run(f"em half {n}", "em", {}, n) for n in (1, 2)]
    one, two = (known.aligned(run, answers[run.label]) for run in halves)
    assert one is not None
    assert two is not None
    assert np.linalg.norm(one - two) < 0.05 * np.linalg.norm(x)
    columns = known.columns(Run("em", "em", {}), record(x))
    assert columns["half_set_resolution"] == pytest.approx(7 / 3)


def record(x: np.ndarray) -> Record:
    """A run that ended with x."""
    return Record(Status.OK, snapshots=[Snapshot(1, 1, 1, encode(x), sigma=1.0)])


def test_a_run_on_a_half_is_judged_on_the_other(
    plan: Callable[..., Plan], folder: Path, dataset: Dataset, tmp_path: Path
) -> None:
    planned = plan(marks=f"file:{folder}/a.csv")
    (cell,), x = planned.cells, dataset.truth
    write_file_dataset(cell, tmp_path)
    known = FileDataset(planned.study, cell, 0, tmp_path, {})
    first, second = (known.columns(Run("em", "em", {}, n), record(x)) for n in (1, 2))
    assert "mark_f1" not in first or np.isnan(first["mark_f1"])  # nobody marked micrograph b
    assert second["mark_f1"] > 0.8
    whole = known.measurement
    assert whole is not None
    parts = [whole.half(number) for number in (1, 2)]
    assert first["heldout_loglik"] == heldout_loglik(*parts, x, 1.0)
    assert second["heldout_loglik"] == heldout_loglik(*parts[::-1], x, 1.0)
