"""Fits the laws of a study's cost to the tables of finished studies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from mtdbench.cost import operation_counts
from mtdbench.cost.costs import Calibration
from mtdbench.cost.power_law import Law, constant, fitted
from mtdbench.errors import InputError
from mtdbench.files import first_line, read_json
from mtdbench.results.parquet_table import read_parquet
from mtdbench.run.status import Status
from mtdbench.study.cells import Batch
from mtdbench.study.plan import Plan, make_plan
from mtdbench.study.schema import Study

PIPELINE_STEPS = ("process", "simulation", "bound", "errors", "report")
TIMED = tuple(status.value for status in Status if status.is_timed)
CALIBRATED_FROM = (
    *("cell", "estimator", "trial", "status"),
    *("cpu_seconds", "setup_seconds", "peak_rss_mib"),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished study: its plan, its table, its `study.json`'s provenance."""

    plan: Plan
    table: pd.DataFrame
    provenance: Mapping[str, Any]


def read_finished(path: Path) -> Finished:
    """A finished study from its `table.parquet` and the `study.json` beside it.

    Raises
    ------
    InputError
        If either cannot be read.
    """
    try:
        table = read_parquet(path)
        facts = read_json(path.with_name("study.json"))
        plan = make_plan(Study.model_validate(facts["study"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = first_line(error)
        raise InputError(
            f"no finished study at '{path}': {reason} (expected its table.parquet, with the"
            " study.json beside it)"
        ) from None
    if missing := [name for name in CALIBRATED_FROM if name not in table]:
        raise InputError(f"table '{path}' has no column '{missing[0]}': expected a study's table")
    return Finished(plan, table, facts.get("provenance", {}))


def calibrated(studies: Sequence[Finished], steps: Calibration) -> Calibration:
    """Laws of all methods in the tables, for each space and for all; those of the other steps are
    those of a calibration.

    Raises
    ------
    InputError
        If no run in the tables ended by itself.
    """
    rows = pd.concat([_rows(study) for study in studies], ignore_index=True)
    if rows.empty:
        raise InputError("the tables have no run that ended by itself: expected some to fit to")
    fitted_laws = {name: dict(laws) for name, laws in steps.laws.items() if name in PIPELINE_STEPS}
    for names in (["method"], ["method", "space"]):
        for key, group in rows.groupby(names, sort=True):
            for quantity, law in _laws(group).items():
                fitted_laws.setdefault(quantity, {})["/".join(map(str, key))] = law
    origin = {**_origin(studies), "steps": steps.provenance.get("steps", {})}
    return Calibration(origin, fitted_laws)


def _laws(rows: pd.DataFrame) -> dict[str, Law]:
    """Of one method, from its runs."""
    timed, first = rows[~rows["borrowed"] & (rows["cpu_seconds"] > 0)], rows["first"]
    laws = {"memory": _law(rows, "samples", "peak_rss_mib", expected=0.0)}
    if len(timed):
        laws["seconds"] = _law(timed, "work", "cpu_seconds", expected=1.0)
    for quantity, some in (("setup", rows[first]), ("next setup", rows[~first])):
        if len(some):
            laws[quantity] = constant(float(some["setup_seconds"].mean()), len(some))
    return laws


def _law(rows: pd.DataFrame, work: str, value: str, expected: float) -> Law:
    x, y = (rows[name].to_numpy(dtype=float) for name in (work, value))
    return fitted(x, y, expected)


def _rows(study: Finished) -> pd.DataFrame:
    """Of each run that ended: what its work was, and what it took."""
    batches: dict[tuple[str, str], list[Batch]] = {}
    for batch in study.plan.batches:
        batches.setdefault((batch.block.cell.id, batch.run.label), []).append(batch)
    facts = []
    for (name, label), some in batches.items():
        cell, run = some[0].block.cell, some[0].run
        shared = {
            "cell": name,
            "estimator": label,
            "method": run.method,
            "space": cell.space,
            "work": operation_counts.work(cell, run),
            "samples": operation_counts.workload(cell, run.half).samples,
            "borrowed": operation_counts.borrowed(run) is not None,
        }
        trials = [(trial, trial == b.block.trials[0]) for b in some for trial in b.block.trials]
        facts += [{**shared, "trial": trial, "first": first} for trial, first in trials]
    table = study.table[list(CALIBRATED_FROM)]
    ended = table["status"].isin(TIMED) & (table["peak_rss_mib"] > 0)
    ended &= table[["cpu_seconds", "setup_seconds"]].notna().all(axis=1)
    return pd.DataFrame(facts).merge(table[ended], on=["cell", "estimator", "trial"])


def _origin(studies: Sequence[Finished]) -> dict[str, Any]:
    """Where the tables come from."""

    def recorded(name: str) -> list[str]:
        return sorted({str(study.provenance.get(name, "unknown")) for study in studies})

    return {
        "processor": recorded("cpu"),
        "commit": recorded("commit"),
        "date": datetime.now(UTC).date().isoformat(),
        "studies": {study.plan.study.name: len(study.table) for study in studies},
    }
