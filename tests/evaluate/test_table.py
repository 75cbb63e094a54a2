"""Every planned run is a row, judged by the last estimate that it gave."""

import errno
import json
from pathlib import Path

import mrcfile
import numpy as np
import pandas as pd
import pytest
import yaml

from mtdbench.cli import main
from mtdbench.evaluate.table import write_table
from mtdbench.figures import draw_all
from mtdbench.files import write_json
from mtdbench.results.columns import HISTORY, TABLE
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file, read_batch
from mtdbench.study import Plan, make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block

STUDY = {
    "name": "s",
    "seed": 4,
    "batch": 2,
    "limits": {"seconds": 1.0, "memory_mib": 2000},
    "sweeps": [
        {
            "name": "a",
            "space": "line",
            "window": 6,
            "size": 500,
            "snr": [1, 4],
            "density": 0.2,
            "trials": 2,
        }
    ],
    "estimators": [
        {"name": "good", "label": "fine", "options": {"steps": 2}},
        *({"name": name} for name in ("hangs", "not_a_number", "segfaults")),
    ],
}
CONTRACT = """
    study cell space ndim window size snr density spacing trial seed estimator options status reason
    error error_coefficients fsc_resolution efficiency iterations wall_seconds cpu_seconds
    setup_seconds peak_rss_mib threads device host version commit
"""


@pytest.fixture
def plan(plugins: Path) -> Plan:
    """The plan of a small study."""
    return make_plan(parse_study(yaml.safe_dump(STUDY)))


def run(plan: Plan, folder: Path, leave_out: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Work through a plan and put its tables together."""
    for block in plan.blocks:
        listing = folder / "data" / block.cell.id / f"{block.name}.json"
        simulate_block(plan.study, block, folder, listing)
    for batch in plan.batches:
        if batch.run.label != leave_out:
            out = batch_file(folder, batch)
            run_batch(plan.study, batch, folder, out, out.with_suffix(".log"))
    return write_table(plan, "the text", folder)


def test_every_planned_run_is_a_row(plan: Plan, tmp_path: Path) -> None:
    table, history = run(plan, tmp_path, leave_out="segfaults")
    names = CONTRACT.split()
    assert list(table)[: len(names)] == names
    assert list(table) == [column.name for column in TABLE]
    assert list(history) == [column.name for column in HISTORY]
    found = table.groupby("estimator")[["status", "reason"]].agg(lambda x: set(x).pop())
    assert len(table) == 2 * 2 * 4
    assert dict(found["status"]) == {
        "fine": "converged", "hangs": "timeout", "not_a_number": "diverged",
        "segfaults": "lost",
    }  # fmt: skip
    assert found["reason"]["segfaults"] == "its job left no result"
    pd.testing.assert_frame_equal(table, pd.read_parquet(tmp_path / "table.parquet"))
    pd.testing.assert_frame_equal(history, pd.read_parquet(tmp_path / "history.parquet"))
    assert len(pd.read_csv(tmp_path / "table.csv")) == len(table)
    provenance = json.loads((tmp_path / "study.json").read_text())["provenance"]
    assert (provenance["source"], provenance["references"]) == ("the text", [])

    # A run that was killed is judged by the last estimate that it had given, all ones.
    killed = table[table["estimator"] == "hangs"].iloc[0]
    with np.load(tmp_path / "data" / killed["cell"] / "0" / "truth.npz") as truth:
        x = truth["x"]
    assert killed["error"] == pytest.approx(np.linalg.norm(1 - x) / np.linalg.norm(x), rel=1e-12)
    picture = tmp_path / "estimates" / killed["cell"] / "0" / "hangs.npy"
    np.testing.assert_array_equal(np.load(picture), np.ones(6))
    assert table.loc[table["status"] == "diverged", "error"].isna().all()
    last = history[history["estimator"] == "fine"].groupby(["cell", "trial"])["error"].last()
    fine = table[table["estimator"] == "fine"].set_index(["cell", "trial"])["error"]
    pd.testing.assert_series_equal(last, fine)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (MemoryError("no room left"), "crashed", "MemoryError: no room left"),
        (OSError(errno.ENOSPC, "disk full"), "lost", "OSError: [Errno 28] disk full"),
    ],
)
def test_runs_without_data_are_rows_too(
    plan: Plan, tmp_path: Path, error: Exception, status: str, reason: str
) -> None:
    def fail(*_: object) -> dict:
        raise error

    batch, other = plan.batches[0], plan.batches[1]
    listing = tmp_path / "data" / batch.block.cell.id / f"{batch.block.name}.json"
    simulate_block(plan.study, batch.block, tmp_path, listing, make=fail)
    out = batch_file(tmp_path, batch)
    run_batch(plan.study, batch, tmp_path, out, out.with_suffix(".log"))
    (found,) = {(r.record.status, r.record.reason) for r in read_batch(out).values()}
    assert found == (status, f"no measurement: {reason}")
    run_batch(plan.study, other, tmp_path, out, out.with_suffix(".log"))
    table, _ = write_table(plan, "", tmp_path)
    assert set(table.loc[table["cell"] != batch.block.cell.id, "status"]) == {"lost"}
    assert table["density"].isna().all()


def test_volumes_have_a_resolution_and_are_written_as_mrc_too(
    plugins: Path, tmp_path: Path
) -> None:
    sweep = {"name": "v", "space": "ball", "window": 5, "size": 60, "snr": [9], "density": 0.05}
    names = [{"name": "good"}, {"name": "not_a_number"}]
    study = STUDY | {"sweeps": [sweep | {"trials": 1}], "estimators": names}
    study["limits"] = {"seconds": 30.0, "memory_mib": 2000}
    plan = make_plan(parse_study(yaml.safe_dump(study)))
    stale = tmp_path / "estimates" / plan.cells[0].id / "0" / "not_a_number.mrc"
    stale.parent.mkdir(parents=True)
    stale.write_text("of a run before this one")
    table, _ = run(plan, tmp_path)
    assert set(table["ndim"]) == {3}
    found = table.set_index("estimator")["fsc_resolution"]
    assert 2.5 <= found["good"] <= 20
    assert np.isnan(found["not_a_number"])
    (picture,) = tmp_path.glob("estimates/*/0/good.npy")
    volume = np.load(picture)
    assert volume.shape == (5, 5, 5)
    assert mrcfile.validate(picture.with_suffix(".mrc"))
    with mrcfile.open(picture.with_suffix(".mrc")) as file:
        np.testing.assert_array_equal(file.data, volume.astype("f4"))


def test_zero_is_the_upper_end_of_the_scales_of_volumes_too(plugins: Path, tmp_path: Path) -> None:
    sweep = {"name": "v", "space": "ball", "window": 5, "size": 60, "snr": [9], "density": 0.05}
    names = [{"name": "zero"}, {"name": "good"}]
    study = STUDY | {"sweeps": [sweep | {"trials": 2}], "estimators": names}
    study["limits"] = {"seconds": 30.0, "memory_mib": 2000}
    table, _ = run(make_plan(parse_study(yaml.safe_dump(study))), tmp_path)
    zero = table[table["estimator"] == "zero"]
    assert zero["status"].tolist() == ["ok", "ok"]
    np.testing.assert_allclose(zero[["error", "error_coefficients"]], 1, rtol=1e-12)
    # No shell has any correlation: the curve from FSC = 1 at s = 0 meets 0.5 at s = 1/2.
    np.testing.assert_allclose(zero["fsc_resolution"], 2 * 5)
    drawn = draw_all(tmp_path, tmp_path / "figures")
    assert {path.stem for path in drawn} >= {"v-estimates", "v-volume-isosurface", "v-fsc"}
    assert all(path.stat().st_size > 5000 for path in drawn)


def test_scores_of_other_columns_or_runs_are_made_anew(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As those of a study that was finished before there was a column, or under another version."""
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(yaml.safe_dump(STUDY))
    arguments = ["--study", "s.yaml", "--results", "results"]
    table, _ = run(plan, Path("results", "s"))
    first, second = (Path("results", "s", "scores", f"{cell.id}.json") for cell in plan.cells)
    today = first.read_text(), second.read_text()
    assert main(["table", *arguments]) == 0
    assert "made anew" not in capsys.readouterr().out

    for path, name in ((first, "content"), (second, "version")):
        old = json.loads(path.read_text())
        old["made_from"][name] = "another"
        for row in old["table"]:
            row["error"] = 7.0
        write_json(path, old)
    assert main(["table", *arguments]) == 0
    assert "made anew: scores of 2 of 2 cells" in capsys.readouterr().out
    assert (first.read_text(), second.read_text()) == today
    again = pd.read_parquet(Path("results", "s", "table.parquet"))
    pd.testing.assert_frame_equal(again, table)
