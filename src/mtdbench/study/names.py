"""What the parts of a study are called, by their content: a name changes when a result would.

Neither the order of a study file nor its other cells change a name.
"""

import json
from dataclasses import asdict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from mtdbench.study.schema import Study

if TYPE_CHECKING:
    from mtdbench.study.plan import Block, Plan

USUAL: dict[str, Any] = {"micrographs": 1, "method": "expanded", "full_size": None}


def fingerprint(content: Any) -> str:
    """A short name for any content that JSON can hold."""
    return blake2b(canonical(content).encode(), digest_size=5).hexdigest()


def canonical(content: Any) -> str:
    """Compact JSON with sorted keys: the same text for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)


def recipe_facts(study: Study, block: "Block") -> dict[str, Any]:
    """All that decides what the measurements of a block are; of the rarer keys only those that are
    set, so that what was made before there was such a key keeps its name.
    """
    facts = asdict(block.cell)
    for name in ("id", "sweep", "mrc", "sigma_known", "trials", "picking", "bound"):
        del facts[name]
    for name, usual in USUAL.items():
        if facts[name] == usual:
            del facts[name]
    return {**facts, "trials": block.trials, "seed": study.seed}


def data_name(study: Study, block: "Block") -> str:
    """Changes when the files of a block's data sets do."""
    facts = recipe_facts(study, block)
    return fingerprint({**facts, "mrc": True} if block.cell.mrc else facts)


def scores_name(plan: "Plan", cell: str, columns: str) -> str:
    """Changes when the rows of a cell do: their values, their names or their order.

    Parameters
    ----------
    plan, cell
    columns : str
        The version of the tables' columns, see `mtdbench.results.tabulate.columns_version`.
    """
    batches = plan.batches_of(cell)
    content = [plan.study.name, [(batch.id, batch.run.label) for batch in batches]]
    planned = plan.cell(cell)
    rarer = ["picking"] * planned.picking + ["no bound"] * (not planned.bound)
    return fingerprint([*content, *rarer, columns])


def study_name(plan: "Plan") -> str:
    """Changes when anything in the study does."""
    return fingerprint(plan.study.model_dump(mode="json"))


def drawing_name(plan: "Plan", figure: str) -> str:
    """Changes when what a figure shows does."""
    return fingerprint(plan.drawing(figure).model_dump(mode="json"))
