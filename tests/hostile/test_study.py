"""A study with hostile estimators has the rows of one without them, and theirs."""

from pathlib import Path

import pandas as pd
import yaml

from mtdbench.evaluate.table import write_table
from mtdbench.results.columns import TABLE
from mtdbench.run.batch import run_batch
from mtdbench.run.batch_file import batch_file
from mtdbench.study import make_plan, parse_study
from mtdbench.study.block_simulation import simulate_block

SWEEP = {"name": "a", "space": "line", "window": 6, "size": 500, "snr": 4, "density": 0.2}
STUDY = {
    "name": "s",
    "batch": 2,
    "limits": {"seconds": 3.0, "setup_seconds": 15.0, "memory_mib": 700},
    "sweeps": [{**SWEEP, "trials": 2}],
}
TAME = ("oracle",)
HOSTILE = ("both_answer", "surrogate_exception", "enormous")


def table(folder: Path, *names: str) -> pd.DataFrame:
    """The rows of a study of these estimators, without what is measured."""
    plan = make_plan(parse_study(yaml.safe_dump({**STUDY, "estimators": [*map(named, names)]})))
    for block in plan.blocks:
        listing = folder / "data" / block.cell.id / f"{block.name}.json"
        simulate_block(plan.study, block, folder, listing)
    for batch in plan.batches:
        out = batch_file(folder, batch)
        run_batch(plan.study, batch, folder, out, out.with_suffix(".log"))
    rows = write_table(plan, "the text", folder)[0]
    return rows.drop(columns=[column.name for column in TABLE if column.measured])


def named(name: str) -> dict[str, str]:
    return {"name": name}


def test_their_rows_are_there_and_change_no_other(villains: None, tmp_path: Path) -> None:
    every = table(tmp_path / "results" / "s", *TAME, *HOSTILE)
    alone = table(tmp_path / "elsewhere" / "s", *TAME)
    assert len(every) == 2 * (len(TAME) + len(HOSTILE))
    tame = every[every["estimator"].isin(TAME)].reset_index(drop=True)
    pd.testing.assert_frame_equal(tame, alone)
    status = every.groupby("estimator")["status"].first()
    assert dict(status) == {
        "oracle": "ok", "both_answer": "ok", "surrogate_exception": "crashed",
        "enormous": "diverged",
    }  # fmt: skip
    assert every.loc[every["status"] == "ok", "error"].notna().all()
