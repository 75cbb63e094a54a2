"""Simulates the data sets of a block, and writes down what became of each."""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mtdbench.files import is_from_outside
from mtdbench.simulation import Recipe, write_dataset
from mtdbench.study.cells import Block, Cell
from mtdbench.study.fingerprint import fingerprint
from mtdbench.study.listing import FACTS, dataset_folder
from mtdbench.study.names import data_name, dataset_name
from mtdbench.study.recipes import recipe
from mtdbench.study.remedies import apply_remedies
from mtdbench.study.schema import Study
from mtdbench.study.stamp import Stamp, sizes, write_stamped

HASHED = ("measurement.npy", "placement.npz", "truth.npz")
FILES = (*HASHED, "measurement.mrc", "instrument.json")


def simulate_block(
    study: Study,
    block: Block,
    folder: Path,
    out: Path,
    make: Callable[[Recipe, Path], dict[str, Any]] = write_dataset,
) -> None:
    """Simulate the data sets of a block below `folder` and list them in `out`.

    A data set that cannot be made is listed with the reason, so that its runs become rows; where
    the cause lies outside, such as a full disk, it is listed as `lost` and tried again.

    Parameters
    ----------
    study, block
        The planned data sets.
    folder : Path
        The study's folder.
    out : Path
        JSON file of the facts about each data set, by trial.
    make : function
        Makes one data set in a folder and returns the facts about it.
    """
    listed: dict[str, Any] = {}
    digests: dict[str, str] = {}
    for trial in block.trials:
        dataset = dataset_folder(folder, block.cell, trial)
        (dataset / FACTS).unlink(missing_ok=True)
        try:
            planned = recipe(study, block.cell, trial)
            facts = make(planned, dataset)
            apply_remedies(planned, block.cell.remedies, dataset)
            digests[str(trial)] = _stamp_dataset(study, block.cell, trial, dataset, facts)
            listed[str(trial)] = facts
        except Exception as error:
            text = " ".join(str(error).split())[:300]
            listed[str(trial)] = {"error": f"{type(error).__name__}: {text}"}
            if is_from_outside(error):
                listed[str(trial)]["lost"] = True
    failed = {trial: facts for trial, facts in listed.items() if "error" in facts}
    stamp = Stamp(data_name(study, block), fingerprint([digests, sorted(failed)]))
    write_stamped(out, stamp.facts(digests=digests, failed=failed), {"datasets": listed})


def _stamp_dataset(
    study: Study, cell: Cell, trial: int, dataset: Path, facts: dict[str, Any]
) -> str:
    """Write into `dataset.json` what the data set was made from; its digest."""
    digest = _digest(dataset)
    stamp = Stamp(dataset_name(study, cell, trial), digest).facts(files=sizes(dataset, FILES))
    write_stamped(dataset / FACTS, stamp, facts)
    return digest


def _digest(dataset: Path) -> str:
    """A fingerprint of the bytes of a data set's files."""
    whole = blake2b(digest_size=8)
    for name in HASHED:
        with (dataset / name).open("rb") as stream:
            while chunk := stream.read(2**20):
                whole.update(chunk)
    return whole.hexdigest()
