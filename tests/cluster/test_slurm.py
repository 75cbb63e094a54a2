"""Studies on a Slurm of one node, by the one flag that the README names."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mtdbench.commands.slurm import has_accounting
from mtdbench.results.columns import TABLE

PROFILE = ("--workflow-profile", "profiles/slurm")
MEASURED = [column.name for column in TABLE if column.measured]
SWEEP: dict[str, Any] = {
    "name": "a", "space": "line", "window": 6, "size": 500, "snr": 4, "density": 0.2, "trials": 1,
}  # fmt: skip
POLITE = [{"name": "zero"}, {"name": "oracle"}]
LIMITS = {"seconds": 12, "setup_seconds": 60, "memory_mib": 1900}
STUDY = {"name": "s", "batch": 1, "limits": LIMITS, "sweeps": [SWEEP], "estimators": POLITE}
TROUBLE = [
    {"name": "holds", "label": "outgrows", "options": {"mib": 1640}},
    {"name": "holds", "label": "too-large", "options": {"mib": 2600}},
    {"name": "outlives"},
    {"name": "cancels"},
]

Workflow = Callable[..., tuple[str, pd.DataFrame]]


def rows(table: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """The rows of some estimators, without what is measured."""
    chosen = table[table["estimator"].isin(labels)]
    return chosen.drop(columns=MEASURED).sort_values("estimator", ignore_index=True)


@pytest.mark.long  # `make cluster` has it too
def test_every_run_is_a_row_whatever_the_cluster_does(
    start_slurm: Callable[..., None], workflow: Workflow
) -> None:
    """Without accounting. The runs share one job, so each trouble is one for all of them."""
    start_slurm()
    assert not has_accounting()
    said, table = workflow("slurm", {**STUDY, "estimators": [*POLITE, *TROUBLE]}, *PROFILE)
    ends = table.set_index("estimator")[["status", "reason"]]
    assert ends["status"].to_dict() == {
        "zero": "ok", "oracle": "ok",
        "outgrows": "ok", "too-large": "memory", "outlives": "timeout", "cancels": "lost",
    }  # fmt: skip
    assert ends["reason"]["too-large"] == "killed at the memory limit of 1900 MiB"
    assert ends["reason"]["outlives"] == "killed at the wall limit of 12 s"
    assert "3 attempts" in ends["reason"]["cancels"]
    assert said.count("Trying to restart job") == 3
    _, local = workflow("local", STUDY, "--cores", "2", "--until", "table")
    labels = ["zero", "oracle"]
    pd.testing.assert_frame_equal(rows(table, labels), rows(local, labels))


@pytest.mark.long
def test_with_accounting_too(start_slurm: Callable[..., None], workflow: Workflow) -> None:
    start_slurm("accounting")
    assert has_accounting()
    _, table = workflow("slurm", STUDY, *PROFILE)
    assert set(table["status"]) == {"ok"}


@pytest.mark.system
@pytest.mark.skipif("MTDBENCH_QUICK" not in os.environ, reason="minutes: `make cluster`")
def test_the_quick_study_gives_the_same_table(
    start_slurm: Callable[..., None], workflow: Workflow
) -> None:
    start_slurm()
    quick = Path("config/quick.yaml")
    _, table = workflow("slurm", quick, *PROFILE)
    _, local = workflow("local", quick, "--cores", "2", "--until", "table")
    keys = ["cell", "estimator", "trial"]
    table, local = (
        one.drop(columns=MEASURED).sort_values(keys, ignore_index=True) for one in (table, local)
    )
    pd.testing.assert_frame_equal(table, local)
