"""The data sets of a study on disk: made by blocks, each block with a list of what became of them.

A data set says in its `dataset.json` what it was made from, how large its files are, and the
digest of what they hold. Lists are kept for blocks, runs say which list they saw.
"""

from pathlib import Path
from typing import Any

from mtdbench.files import read_facts
from mtdbench.study.cells import Block, Cell
from mtdbench.study.file_paths import MissingFiles, file_sizes, files_of
from mtdbench.study.names import data_name, dataset_name
from mtdbench.study.schema import Study
from mtdbench.study.stamp import Stamp, are_whole, read_stamp

FACTS = "dataset.json"
SOURCES = "sources"
"""What the stamp of a data set from files says of them: names and sizes."""


def dataset_folder(folder: Path, cell: Cell, trial: int) -> Path:
    """Where a data set is, below the study's folder."""
    return folder / "data" / cell.id / str(trial)


def listing_file(folder: Path, block: Block) -> Path:
    """Where the list of a block's data sets is, below the study's folder."""
    return folder / "data" / block.cell.id / f"{block.name}.json"


def read_listing(study: Study, block: Block, folder: Path) -> dict[str, Any]:
    """What the list of a block says of itself; empty where it does not stand.

    It stands if it is whole, was made from what the study plans, none of its data sets is lost,
    and those that could be made are there, whole and the same.
    """
    facts = read_stamp(listing_file(folder, block))
    try:
        stands = Stamp(data_name(study, block), facts["data"]).matches(facts) and all(
            "lost" not in facts["failed"].get(str(trial), {"lost": True})
            if str(trial) not in facts["digests"]
            else dataset_stands(study, block.cell, trial, folder, facts["digests"][str(trial)])
            for trial in block.trials
        )
    except (KeyError, TypeError, AttributeError):
        return {}
    return facts if stands else {}


def dataset_stands(study: Study, cell: Cell, trial: int, folder: Path, digest: str) -> bool:
    """Whether a data set is on disk, whole, and made from what the study plans."""
    dataset = dataset_folder(folder, cell, trial)
    facts = read_stamp(dataset / FACTS)
    expected = Stamp(dataset_name(study, cell, trial), digest)
    whole = expected.matches(facts) and are_whole(dataset, facts.get("files"))
    return whole and not (cell.is_from_files and _are_others(cell, facts.get(SOURCES)))


def _are_others(cell: Cell, recorded: Any) -> bool:
    """Whether the files that a data set was made of are others now. Those that are gone are not
    asked: what was made of them stands.
    """
    try:
        return bool(file_sizes(files_of(cell)) != recorded)
    except (MissingFiles, OSError):
        return False


def why_missing(folder: Path, block: Block, trial: int) -> tuple[str, bool]:
    """Why there is no data set, and whether the cause lies outside."""
    listed = read_facts(listing_file(folder, block)).get("datasets")
    facts = listed.get(str(trial)) if isinstance(listed, dict) else None
    if isinstance(facts, dict) and "error" in facts:
        return f"no measurement: {facts['error']}", "lost" in facts
    return "no measurement: it was not simulated, or is not whole", True
